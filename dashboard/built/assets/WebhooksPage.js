import{__toESM as e,messages as t,require_jsx_runtime as n,require_react as r}from"./jsx-runtime.js";import{Badge as i,Button as a,Card as o,Empty as s,ErrorState as c,HttpStatusBadge as l,InlineError as u,Link as d,Loading as f,Page as p,UserText as m,useConfig as h,visible as ee}from"./index.js";import{CodeBlock as g,CopyLine as _}from"./CodeBlock.js";import{Table as v}from"./Table.js";import{Tabs as y}from"./Tabs.js";import{Time as b}from"./Time.js";import{Dialog as x,Drawer as S}from"./Drawer.js";import{SelectField as C,TextField as w}from"./Field.js";import{EndpointStatus as T,LastDay as E,SecretDialog as D,requests as O,useChange as k,useEndpoints as A,useFreshWebhooks as j,useInbox as M,useSecretChange as N}from"./EndpointStatus.js";import{JsonView as P}from"./JsonView.js";import{KeyValue as F}from"./KeyValue.js";var I=e(r(),1),L=n(),R=t.webhooks.create;function z({types:e,chosen:t,onChange:n}){let r=(0,I.useId)(),[i,a]=(0,I.useState)(``),o=i.trim().toLowerCase(),s=e.filter(e=>e.toLowerCase().includes(o)),c=(r,i)=>n(e.filter(e=>e===r?i:t?.includes(e)));return(0,L.jsxs)(`fieldset`,{className:`min-w-0`,children:[(0,L.jsx)(`legend`,{className:`mb-1 font-medium`,children:R.events}),(0,L.jsxs)(`div`,{className:`flex flex-wrap gap-x-4 gap-y-1`,children:[(0,L.jsxs)(`label`,{className:`flex min-h-6 items-center gap-2`,children:[(0,L.jsx)(`input`,{type:`radio`,name:r,checked:t===null,onChange:()=>n(null)}),R.all]}),(0,L.jsxs)(`label`,{className:`flex min-h-6 items-center gap-2`,children:[(0,L.jsx)(`input`,{type:`radio`,name:r,checked:t!==null,onChange:()=>n(t??[])}),R.some]})]}),t&&(0,L.jsxs)(`div`,{className:`mt-2 flex flex-col gap-2`,children:[(0,L.jsx)(w,{label:R.search,hideLabel:!0,type:`search`,placeholder:R.search,value:i,onChange:e=>a(e.target.value),autoComplete:`off`,spellCheck:!1}),(0,L.jsxs)(`ul`,{"aria-label":R.events,tabIndex:0,className:`h-44 overflow-y-auto rounded-md border border-strong-line px-2.5 py-1`,children:[s.map(e=>(0,L.jsx)(`li`,{children:(0,L.jsxs)(`label`,{className:`flex min-h-6 items-center gap-2 font-mono text-xs`,children:[(0,L.jsx)(`input`,{type:`checkbox`,checked:t.includes(e),onChange:t=>c(e,t.target.checked)}),e]})},e)),s.length===0&&(0,L.jsx)(`li`,{className:`text-muted`,children:R.noType})]}),(0,L.jsx)(`p`,{role:`status`,className:`text-xs text-muted`,children:R.chosen(t.length)})]})]})}var B={native:`payment_opened.payment_revised.payment_authorized.payment_declined.payment_authorization_incremented.payment_increment_declined.payment_captured.payment_voided.payment_refunded.payment_expired.payment_requires_action.payment_processing.payment_authenticated.payment_authentication_failed.payment_capture_failed.payment_presentment_delayed.payment_reversed.payment_fraud_warning.refund_created.refund_requires_action.refund_failed.refund_canceled.dispute_opened.dispute_inquiry_opened.dispute_inquiry_closed.dispute_evidence_submitted.dispute_escalated.dispute_withdrawn.dispute_won.dispute_lost.endpoint_ping.endpoint_disabled.transaction_settled.settlement_completed.donation_succeeded.donation_failed.donation_refunded.disbursement_created.disbursement_processing.disbursement_paid.disbursement_failed.disbursement_unclaimed.disbursement_held.disbursement_blocked.disbursement_returned.disbursement_destination_corrected.disbursement_canceled.disbursement_requires_attention.stripe_object_changed`.split(`.`),stripe:`account.application.deauthorized,account.external_account.created,account.external_account.deleted,account.external_account.updated,account.updated,application_fee.created,application_fee.refunded,capability.updated,charge.captured,charge.dispute.closed,charge.dispute.created,charge.dispute.funds_reinstated,charge.dispute.funds_withdrawn,charge.dispute.updated,charge.expired,charge.failed,charge.refund.updated,charge.refunded,charge.succeeded,charge.updated,checkout.session.async_payment_failed,checkout.session.async_payment_succeeded,checkout.session.completed,checkout.session.expired,coupon.created,coupon.deleted,coupon.updated,customer.created,customer.deleted,customer.source.created,customer.source.deleted,customer.source.updated,customer.tax_id.created,customer.tax_id.deleted,customer.updated,payment_intent.amount_capturable_updated,payment_intent.canceled,payment_intent.created,payment_intent.payment_failed,payment_intent.processing,payment_intent.requires_action,payment_intent.succeeded,payment_method.attached,payment_method.detached,payment_method.updated,payout.canceled,payout.created,payout.failed,payout.paid,payout.updated,price.created,price.updated,product.created,product.deleted,product.updated,promotion_code.created,promotion_code.updated,radar.early_fraud_warning.created,refund.created,refund.failed,refund.updated,setup_intent.canceled,setup_intent.created,setup_intent.requires_action,setup_intent.setup_failed,setup_intent.succeeded,shared_payment.granted_token.deactivated,shared_payment.granted_token.used,source.chargeable,tax_rate.created,tax_rate.updated,transfer.created,transfer.reversed,transfer.updated`.split(`,`)},V=t.webhooks.create,H=`*`;function U({open:e,onClose:t,onCreated:n}){return(0,L.jsx)(x,{open:e,onClose:t,title:V.title,children:(0,L.jsx)(W,{onCreated:n})})}function W({onCreated:e}){let{send:t,isPending:n,error:r}=N(),[i,o]=(0,I.useState)(``),[s,c]=(0,I.useState)(`native`),[l,d]=(0,I.useState)(null),[f,p]=(0,I.useState)(``);return(0,L.jsxs)(`form`,{onSubmit:n=>{n.preventDefault();let r=s===`stripe`?O.createStripe:O.create;t(r(i.trim(),l??[H],f.trim())).then(({secret:t})=>e(t),()=>void 0)},className:`flex flex-col gap-3`,children:[(0,L.jsx)(w,{label:V.url,hint:V.urlHint,type:`url`,required:!0,value:i,onChange:e=>o(e.target.value)}),(0,L.jsx)(C,{label:V.format,value:s,onChange:e=>{c(e.target.value===`stripe`?`stripe`:`native`),d(null)},options:[{value:`native`,text:V.formats.native},{value:`stripe`,text:V.formats.stripe}]}),(0,L.jsx)(z,{types:B[s],chosen:l,onChange:d},s),(0,L.jsx)(w,{label:V.description,value:f,onChange:e=>p(e.target.value),maxLength:500}),(0,L.jsx)(u,{error:r}),(0,L.jsx)(a,{type:`submit`,variant:`primary`,busy:n,disabled:!i.trim()||l?.length===0,className:`self-start`,children:V.submit})]})}var G=t.webhooks.inbox,K=[`200`,`500`,`410`,`hang`];function q({endpoints:e,onCreated:t}){let{data:n,error:r,refetch:i}=M();return(0,L.jsx)(o,{title:G.title,children:r?(0,L.jsx)(c,{error:r,retry:()=>void i()}):n?(0,L.jsx)(J,{inbox:n,endpoints:e,onCreated:t}):(0,L.jsx)(f,{})})}function J({inbox:e,endpoints:t,onCreated:n}){let{inbox_hang:r}=h(),i=N(),o=k(),s=k(),[c,l]=(0,I.useState)(null),[f,p]=(0,I.useState)(e.answer),m=t?.find(({url:t})=>t===e.url),g=()=>{i.send(O.create(e.url,[`*`],G.endpointDescription)).then(({secret:e})=>n(e),()=>void 0)},y=K.filter(e=>e!==`hang`||r);return(0,L.jsxs)(`div`,{className:`flex flex-col gap-3`,children:[(0,L.jsx)(`p`,{className:`text-muted`,children:G.text}),(0,L.jsx)(_,{text:e.url}),(0,L.jsxs)(`div`,{className:`flex flex-wrap items-end gap-3`,children:[(0,L.jsx)(C,{label:G.answer,value:o.isPending?f:e.answer,onChange:e=>{o.isPending||(p(e.target.value),o.mutate(O.answer(e.target.value)))},options:y.map(e=>({value:e,text:G.answers[e]})),className:`w-72 max-w-full`}),t&&!m&&(0,L.jsx)(a,{variant:`primary`,busy:i.isPending,onClick:g,children:G.connect}),(0,L.jsx)(a,{busy:s.isPending,disabled:!e.data.length,onClick:()=>s.mutate(O.empty()),children:G.empty})]}),m&&(0,L.jsxs)(`p`,{className:`text-muted`,children:[G.connected,` `,(0,L.jsx)(d,{className:`text-accent underline`,to:`/webhooks/${m.endpoint_id}`,children:m.endpoint_id})]}),(0,L.jsx)(u,{error:i.error??o.error??s.error}),e.data.length?(0,L.jsx)(v,{label:G.received,columns:Y(l),rows:e.data,keyOf:({id:e})=>e}):(0,L.jsx)(`p`,{className:`text-muted`,children:G.none}),(0,L.jsx)(S,{open:c!==null,onClose:()=>l(null),title:ee(c?.event_type??G.webhook),children:c&&(0,L.jsx)(Z,{webhook:c})})]})}function Y(e){return[{id:`received`,title:G.receivedAt,render:({received_at:e})=>(0,L.jsx)(b,{at:e})},{id:`type`,title:G.event,render:t=>(0,L.jsx)(`button`,{type:`button`,className:`text-accent underline`,onClick:()=>e(t),children:(0,L.jsx)(m,{children:t.event_type??G.webhook})})},{id:`status`,title:G.answered,render:({status:e})=>(0,L.jsx)(l,{status:e,none:G.unanswered})},{id:`signature`,title:G.signature,render:({signature:e})=>(0,L.jsx)(X,{signature:e})}]}function X({signature:e}){return(0,L.jsx)(i,{tone:e.valid?`good`:`bad`,children:e.valid?G.valid:G.invalid})}function Z({webhook:e}){let{signature:t,stripe_signature:n,headers:r,body:i}=e,a=Object.entries(r).map(([e,t])=>`${e}: ${t}`);return(0,L.jsxs)(`div`,{className:`flex flex-col gap-3`,children:[(0,L.jsx)(`h3`,{className:`font-medium`,children:G.signature}),(0,L.jsx)(Q,{signature:t,body:i,label:G.base}),n&&(0,L.jsxs)(L.Fragment,{children:[(0,L.jsx)(`h3`,{className:`font-medium`,children:G.stripeSignature}),(0,L.jsx)(Q,{signature:n,body:i,label:G.stripeBase})]}),(0,L.jsx)(`h3`,{className:`font-medium`,children:G.headers}),(0,L.jsx)(g,{code:a.join(`
`),label:G.headers}),(0,L.jsx)(`h3`,{className:`font-medium`,children:G.body}),(0,L.jsx)(P,{value:i,label:G.body})]})}function Q({signature:e,body:t,label:n}){let{valid:r,reason:i,endpoint_id:a,secret:o,base_string_prefix:s}=e;return(0,L.jsxs)(`div`,{className:`flex flex-col gap-2`,children:[(0,L.jsxs)(`p`,{className:`flex flex-wrap items-center gap-2`,children:[(0,L.jsx)(X,{signature:e}),r?G.why:i&&G.reasons[i]]}),(0,L.jsx)(F,{pairs:[[G.endpoint,a],[G.secret,o&&G.secrets[o]]]}),s!==null&&(0,L.jsx)(g,{code:s+t,label:n})]})}var te=[{id:`python`,title:`Python`,code:`import base64, hashlib, hmac, os, time

KEY = base64.b64decode(os.environ["WEBHOOK_SECRET"].removeprefix("whsec_"))


def is_genuine(headers: dict[str, str], body: bytes) -> bool:
    """Header names are in lower case; the body is as it was received, before any parsing."""
    event_id, sent_at = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not sent_at.isdecimal() or abs(time.time() - int(sent_at)) > 300:
        return False
    digest = hmac.new(KEY, f"{event_id}.{sent_at}.".encode() + body, hashlib.sha256).digest()
    expected = b"v1," + base64.b64encode(digest)
    given = headers.get("webhook-signature", "").encode().split()
    return any(hmac.compare_digest(one, expected) for one in given)
`},{id:`node`,title:`Node`,code:`import { createHmac, timingSafeEqual } from "node:crypto";

const key = Buffer.from(process.env.WEBHOOK_SECRET.replace("whsec_", ""), "base64");

// Header names are in lower case; the body is a Buffer as it was received, before any parsing.
export function isGenuine(headers, body) {
  const { "webhook-id": id = "", "webhook-timestamp": at = "", "webhook-signature": given = "" } = headers;
  if (!/^\\d+$/.test(at) || Math.abs(Date.now() / 1000 - Number(at)) > 300) return false;
  const expected = Buffer.from("v1," + createHmac("sha256", key).update(\`\${id}.\${at}.\`).update(body).digest("base64"));
  return given.split(" ").some((text) => {
    const one = Buffer.from(text);
    return one.length === expected.length && timingSafeEqual(one, expected);
  });
}
`},{id:`go`,title:`Go`,code:`package webhooks

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// IsGenuine verifies a delivery. The body is as it was received, before any parsing.
func IsGenuine(secret string, headers http.Header, body []byte) bool {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil || len(key) == 0 {
		return false
	}
	id, sentAt := headers.Get("webhook-id"), headers.Get("webhook-timestamp")
	seconds, err := strconv.ParseInt(sentAt, 10, 64)
	if err != nil || time.Since(time.Unix(seconds, 0)).Abs() > 5*time.Minute {
		return false
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(id + "." + sentAt + "."))
	mac.Write(body)
	expected := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	for _, given := range strings.Fields(headers.Get("webhook-signature")) {
		if hmac.Equal([]byte(given), []byte(expected)) {
			return true
		}
	}
	return false
}
`},{id:`ruby`,title:`Ruby`,code:`require "openssl"

KEY = ENV.fetch("WEBHOOK_SECRET").delete_prefix("whsec_").unpack1("m0")

# Header names are in lower case; the body is as it was received, before any parsing.
def genuine?(headers, body)
  id = headers["webhook-id"].to_s
  sent_at = headers["webhook-timestamp"].to_s
  return false unless sent_at.match?(/\\A\\d+\\z/) && (Time.now.to_i - sent_at.to_i).abs <= 300

  digest = OpenSSL::HMAC.digest("SHA256", KEY, "#{id}.#{sent_at}.".b + body.b)
  expected = "v1," + [digest].pack("m0")
  headers["webhook-signature"].to_s.split.any? { |given| OpenSSL.secure_compare(given, expected) }
end
`},{id:`php`,title:`PHP`,code:`<?php

// Header names are in lower case; the body is file_get_contents("php://input"), before any parsing.
function is_genuine(array $headers, string $body): bool
{
    $key = base64_decode(substr(getenv("WEBHOOK_SECRET"), strlen("whsec_")), true);
    $id = $headers["webhook-id"] ?? "";
    $sent_at = $headers["webhook-timestamp"] ?? "";
    if (!$key || !ctype_digit($sent_at) || abs(time() - (int) $sent_at) > 300) {
        return false;
    }
    $expected = "v1," . base64_encode(hash_hmac("sha256", "$id.$sent_at.$body", $key, true));
    foreach (explode(" ", $headers["webhook-signature"] ?? "") as $given) {
        if (hash_equals($expected, $given)) {
            return true;
        }
    }
    return false;
}
`}],$=t.webhooks;function ne(){j();let{data:e,error:t,isPending:n,refetch:r}=A(),i=M(),[l,u]=(0,I.useState)(!1),[d,m]=(0,I.useState)(null),h=e=>{u(!1),m(e)};return(0,L.jsxs)(p,{title:$.title,actions:(0,L.jsx)(a,{variant:`primary`,onClick:()=>u(!0),children:$.create.button}),children:[n||i.isPending?(0,L.jsx)(f,{}):(0,L.jsxs)(`div`,{className:`flex flex-col gap-4`,children:[t&&(0,L.jsx)(c,{error:t,retry:()=>void r()}),e?.length===0&&(0,L.jsx)(s,{title:$.empty.title,children:$.empty.text}),e&&e.length>0&&(0,L.jsx)(v,{label:$.endpoints.title,columns:re,rows:e,keyOf:e=>e.endpoint_id}),(0,L.jsx)(q,{endpoints:e,onCreated:h}),(0,L.jsxs)(o,{title:$.verify.title,children:[(0,L.jsx)(`p`,{className:`mb-3 text-muted`,children:$.verify.text}),(0,L.jsx)(y,{label:$.verify.title,tabs:te.map(({id:e,title:t,code:n})=>({id:e,title:t,content:(0,L.jsx)(g,{code:n,label:t})}))})]})]}),(0,L.jsx)(U,{open:l,onClose:()=>u(!1),onCreated:h}),(0,L.jsx)(D,{secret:d,onClose:()=>m(null)})]})}var re=[{id:`url`,title:$.endpoints.url,render:({endpoint_id:e,url:t,description:n})=>(0,L.jsxs)(`div`,{className:`max-w-md min-w-56`,children:[(0,L.jsx)(d,{className:`break-all text-accent underline`,to:`/webhooks/${e}`,children:(0,L.jsx)(m,{children:t})}),n&&(0,L.jsx)(`p`,{className:`text-muted`,children:(0,L.jsx)(m,{children:n})})]})},{id:`status`,title:$.endpoints.status,render:e=>(0,L.jsxs)(`div`,{children:[(0,L.jsx)(T,{endpoint:e}),e.failing_since&&(0,L.jsxs)(`p`,{className:`mt-1 text-xs text-bad sm:whitespace-nowrap`,children:[$.endpoints.failingSince,` `,(0,L.jsx)(b,{at:e.failing_since})]})]})},{id:`events`,title:$.endpoints.events,render:({events:e})=>$.endpoints.eventTypes(e)},{id:`attempts`,title:$.endpoints.attempts,render:e=>(0,L.jsx)(E,{endpoint:e})}];export{ne as default};