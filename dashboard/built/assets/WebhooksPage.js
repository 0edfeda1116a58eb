import{__toESM as e,messages as t,require_jsx_runtime as n,require_react as r}from"./jsx-runtime.js";import{Badge as i,Button as a,Card as o,Empty as s,ErrorState as c,HttpStatusBadge as l,InlineError as u,Link as d,Loading as f,Page as p,UserText as m,useConfig as h,visible as g}from"./index.js";import{CodeBlock as _,CopyLine as ee}from"./CodeBlock.js";import{Table as v}from"./Table.js";import{Tabs as y}from"./Tabs.js";import{Time as b}from"./Time.js";import{Dialog as x,Drawer as S}from"./Drawer.js";import{SelectField as C,TextField as w}from"./Field.js";import{EndpointStatus as T,LastDay as E,SecretDialog as D,eventTypes_default as O,requests as k,useChange as A,useEndpoints as j,useFreshWebhooks as M,useInbox as N,useSecretChange as P}from"./EndpointStatus.js";import{JsonView as F}from"./JsonView.js";import{KeyValue as I}from"./KeyValue.js";var L=e(r(),1),R=n(),z=t.webhooks.create;function B({types:e,chosen:t,onChange:n}){let r=(0,L.useId)(),[i,a]=(0,L.useState)(``),o=i.trim().toLowerCase(),s=e.filter(e=>e.toLowerCase().includes(o)),c=(r,i)=>n(e.filter(e=>e===r?i:t?.includes(e)));return(0,R.jsxs)(`fieldset`,{className:`min-w-0`,children:[(0,R.jsx)(`legend`,{className:`mb-1 font-medium`,children:z.events}),(0,R.jsxs)(`div`,{className:`flex flex-wrap gap-x-4 gap-y-1`,children:[(0,R.jsxs)(`label`,{className:`flex min-h-6 items-center gap-2`,children:[(0,R.jsx)(`input`,{type:`radio`,name:r,checked:t===null,onChange:()=>n(null)}),z.all]}),(0,R.jsxs)(`label`,{className:`flex min-h-6 items-center gap-2`,children:[(0,R.jsx)(`input`,{type:`radio`,name:r,checked:t!==null,onChange:()=>n(t??[])}),z.some]})]}),t&&(0,R.jsxs)(`div`,{className:`mt-2 flex flex-col gap-2`,children:[(0,R.jsx)(w,{label:z.search,hideLabel:!0,type:`search`,placeholder:z.search,value:i,onChange:e=>a(e.target.value),autoComplete:`off`,spellCheck:!1}),(0,R.jsxs)(`ul`,{"aria-label":z.events,tabIndex:0,className:`h-44 overflow-y-auto rounded-md border border-strong-line px-2.5 py-1`,children:[s.map(e=>(0,R.jsx)(`li`,{children:(0,R.jsxs)(`label`,{className:`flex min-h-6 items-center gap-2 font-mono text-xs`,children:[(0,R.jsx)(`input`,{type:`checkbox`,checked:t.includes(e),onChange:t=>c(e,t.target.checked)}),e]})},e)),s.length===0&&(0,R.jsx)(`li`,{className:`text-muted`,children:z.noType})]}),(0,R.jsx)(`p`,{role:`status`,className:`text-xs text-muted`,children:z.chosen(t.length)})]})]})}var V=t.webhooks.create,H=`*`;function U({open:e,onClose:t,onCreated:n}){return(0,R.jsx)(x,{open:e,onClose:t,title:V.title,children:(0,R.jsx)(W,{onCreated:n})})}function W({onCreated:e}){let{send:t,isPending:n,error:r}=P(),[i,o]=(0,L.useState)(``),[s,c]=(0,L.useState)(`native`),[l,d]=(0,L.useState)(null),[f,p]=(0,L.useState)(``);return(0,R.jsxs)(`form`,{onSubmit:n=>{n.preventDefault();let r=s===`stripe`?k.createStripe:k.create;t(r(i.trim(),l??[H],f.trim())).then(({secret:t})=>e(t),()=>void 0)},className:`flex flex-col gap-3`,children:[(0,R.jsx)(w,{label:V.url,hint:V.urlHint,type:`url`,required:!0,value:i,onChange:e=>o(e.target.value)}),(0,R.jsx)(C,{label:V.format,value:s,onChange:e=>{c(e.target.value===`stripe`?`stripe`:`native`),d(null)},options:[{value:`native`,text:V.formats.native},{value:`stripe`,text:V.formats.stripe}]}),(0,R.jsx)(B,{types:O[s],chosen:l,onChange:d},s),(0,R.jsx)(w,{label:V.description,value:f,onChange:e=>p(e.target.value),maxLength:500}),(0,R.jsx)(u,{error:r}),(0,R.jsx)(a,{type:`submit`,variant:`primary`,busy:n,disabled:!i.trim()||l?.length===0,className:`self-start`,children:V.submit})]})}var G=t.webhooks.inbox,K=[`200`,`500`,`410`,`hang`];function q({endpoints:e,onCreated:t}){let{data:n,error:r,refetch:i}=N();return(0,R.jsx)(o,{title:G.title,children:r?(0,R.jsx)(c,{error:r,retry:()=>void i()}):n?(0,R.jsx)(J,{inbox:n,endpoints:e,onCreated:t}):(0,R.jsx)(f,{})})}function J({inbox:e,endpoints:t,onCreated:n}){let{inbox_hang:r}=h(),i=P(),o=A(),s=A(),[c,l]=(0,L.useState)(null),[f,p]=(0,L.useState)(e.answer),m=t?.find(({url:t})=>t===e.url),_=()=>{i.send(k.create(e.url,[`*`],G.endpointDescription)).then(({secret:e})=>n(e),()=>void 0)},y=K.filter(e=>e!==`hang`||r);return(0,R.jsxs)(`div`,{className:`flex flex-col gap-3`,children:[(0,R.jsx)(`p`,{className:`text-muted`,children:G.text}),(0,R.jsx)(ee,{text:e.url}),(0,R.jsxs)(`div`,{className:`flex flex-wrap items-end gap-3`,children:[(0,R.jsx)(C,{label:G.answer,value:o.isPending?f:e.answer,onChange:e=>{o.isPending||(p(e.target.value),o.mutate(k.answer(e.target.value)))},options:y.map(e=>({value:e,text:G.answers[e]})),className:`w-72 max-w-full`}),t&&!m&&(0,R.jsx)(a,{variant:`primary`,busy:i.isPending,onClick:_,children:G.connect}),(0,R.jsx)(a,{busy:s.isPending,disabled:!e.data.length,onClick:()=>s.mutate(k.empty()),children:G.empty})]}),m&&(0,R.jsxs)(`p`,{className:`text-muted`,children:[G.connected,` `,(0,R.jsx)(d,{className:`text-accent underline`,to:`/webhooks/${m.endpoint_id}`,children:m.endpoint_id})]}),(0,R.jsx)(u,{error:i.error??o.error??s.error}),e.data.length?(0,R.jsx)(v,{label:G.received,columns:Y(l),rows:e.data,keyOf:({id:e})=>e}):(0,R.jsx)(`p`,{className:`text-muted`,children:G.none}),(0,R.jsx)(S,{open:c!==null,onClose:()=>l(null),title:g(c?.event_type??G.webhook),children:c&&(0,R.jsx)(Z,{webhook:c})})]})}function Y(e){return[{id:`received`,title:G.receivedAt,render:({received_at:e})=>(0,R.jsx)(b,{at:e})},{id:`type`,title:G.event,render:t=>(0,R.jsx)(`button`,{type:`button`,className:`text-accent underline`,onClick:()=>e(t),children:(0,R.jsx)(m,{children:t.event_type??G.webhook})})},{id:`status`,title:G.answered,render:({status:e})=>(0,R.jsx)(l,{status:e,none:G.unanswered})},{id:`signature`,title:G.signature,render:({signature:e})=>(0,R.jsx)(X,{signature:e})}]}function X({signature:e}){return(0,R.jsx)(i,{tone:e.valid?`good`:`bad`,children:e.valid?G.valid:G.invalid})}function Z({webhook:e}){let{signature:t,stripe_signature:n,headers:r,body:i}=e,a=Object.entries(r).map(([e,t])=>`${e}: ${t}`);return(0,R.jsxs)(`div`,{className:`flex flex-col gap-3`,children:[(0,R.jsx)(`h3`,{className:`font-medium`,children:G.signature}),(0,R.jsx)(Q,{signature:t,body:i,label:G.base}),n&&(0,R.jsxs)(R.Fragment,{children:[(0,R.jsx)(`h3`,{className:`font-medium`,children:G.stripeSignature}),(0,R.jsx)(Q,{signature:n,body:i,label:G.stripeBase})]}),(0,R.jsx)(`h3`,{className:`font-medium`,children:G.headers}),(0,R.jsx)(_,{code:a.join(`
`),label:G.headers}),(0,R.jsx)(`h3`,{className:`font-medium`,children:G.body}),(0,R.jsx)(F,{value:i,label:G.body})]})}function Q({signature:e,body:t,label:n}){let{valid:r,reason:i,endpoint_id:a,secret:o,base_string_prefix:s}=e;return(0,R.jsxs)(`div`,{className:`flex flex-col gap-2`,children:[(0,R.jsxs)(`p`,{className:`flex flex-wrap items-center gap-2`,children:[(0,R.jsx)(X,{signature:e}),r?G.why:i&&G.reasons[i]]}),(0,R.jsx)(I,{pairs:[[G.endpoint,a],[G.secret,o&&G.secrets[o]]]}),s!==null&&(0,R.jsx)(_,{code:s+t,label:n})]})}var te=[{id:`python`,title:`Python`,code:`import base64, hashlib, hmac, os, time

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
`}],$=t.webhooks;function ne(){M();let{data:e,error:t,isPending:n,refetch:r}=j(),i=N(),[l,u]=(0,L.useState)(!1),[d,m]=(0,L.useState)(null),h=e=>{u(!1),m(e)};return(0,R.jsxs)(p,{title:$.title,actions:(0,R.jsx)(a,{variant:`primary`,onClick:()=>u(!0),children:$.create.button}),children:[n||i.isPending?(0,R.jsx)(f,{}):(0,R.jsxs)(`div`,{className:`flex flex-col gap-4`,children:[t&&(0,R.jsx)(c,{error:t,retry:()=>void r()}),e?.length===0&&(0,R.jsx)(s,{title:$.empty.title,children:$.empty.text}),e&&e.length>0&&(0,R.jsx)(v,{label:$.endpoints.title,columns:re,rows:e,keyOf:e=>e.endpoint_id}),(0,R.jsx)(q,{endpoints:e,onCreated:h}),(0,R.jsxs)(o,{title:$.verify.title,children:[(0,R.jsx)(`p`,{className:`mb-3 text-muted`,children:$.verify.text}),(0,R.jsx)(y,{label:$.verify.title,tabs:te.map(({id:e,title:t,code:n})=>({id:e,title:t,content:(0,R.jsx)(_,{code:n,label:t})}))})]})]}),(0,R.jsx)(U,{open:l,onClose:()=>u(!1),onCreated:h}),(0,R.jsx)(D,{secret:d,onClose:()=>m(null)})]})}var re=[{id:`url`,title:$.endpoints.url,render:({endpoint_id:e,url:t,description:n})=>(0,R.jsxs)(`div`,{className:`max-w-md min-w-56`,children:[(0,R.jsx)(d,{className:`break-all text-accent underline`,to:`/webhooks/${e}`,children:(0,R.jsx)(m,{children:t})}),n&&(0,R.jsx)(`p`,{className:`text-muted`,children:(0,R.jsx)(m,{children:n})})]})},{id:`status`,title:$.endpoints.status,render:e=>(0,R.jsxs)(`div`,{children:[(0,R.jsx)(T,{endpoint:e}),e.failing_since&&(0,R.jsxs)(`p`,{className:`mt-1 text-xs text-bad sm:whitespace-nowrap`,children:[$.endpoints.failingSince,` `,(0,R.jsx)(b,{at:e.failing_since})]})]})},{id:`events`,title:$.endpoints.events,render:({events:e})=>$.endpoints.eventTypes(e)},{id:`attempts`,title:$.endpoints.attempts,render:e=>(0,R.jsx)(E,{endpoint:e})}];export{ne as default};