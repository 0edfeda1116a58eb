import{d as e,f as t,h as n,o as r,u as i}from"./times-Bd71o2xL.js";import{C as a,D as o,E as s,F as c,N as l,O as u,P as d,S as f,at as p,b as m,j as h,x as g,y as _}from"./index-BDKeTVNk.js";import{a as v,n as y,o as b,t as x}from"./CodeBlock-BK4dInX0.js";import{t as S}from"./Table-8XL3Vhzv.js";import{t as C}from"./Tabs-mSE1s-PD.js";import{t as w}from"./Time-BZLH9BUs.js";import{a as T,c as E,d as D,i as O,m as k,n as A,p as j,r as M,t as N,u as ee}from"./Sparkline-BfQ_6gQ-.js";import{n as P,t as F}from"./Drawer-BbsUffy2.js";import{t as I}from"./JsonView-BCPaSr6i.js";import{t as L}from"./KeyValue-CeTT3jq2.js";var R=n(t(),1),z=i(),B=e.webhooks.create,V=`*`;function H({open:e,onClose:t,onCreated:n}){return(0,z.jsx)(F,{open:e,onClose:t,title:B.title,children:(0,z.jsx)(U,{onCreated:n})})}function U({onCreated:e}){let{send:t,isPending:n,error:r}=j(),[i,o]=(0,R.useState)(``),[s,c]=(0,R.useState)(V),[l,u]=(0,R.useState)(``);return(0,z.jsxs)(`form`,{onSubmit:n=>{n.preventDefault();let r=s.split(/[\s,]+/).filter(Boolean);t(M.create(i.trim(),r.length?r:[V],l.trim())).then(({secret:t})=>e(t),()=>void 0)},className:`flex flex-col gap-3`,children:[(0,z.jsx)(b,{label:B.url,hint:B.urlHint,type:`url`,required:!0,value:i,onChange:e=>o(e.target.value)}),(0,z.jsx)(b,{label:B.events,hint:B.eventsHint,value:s,onChange:e=>c(e.target.value),autoComplete:`off`,spellCheck:!1}),(0,z.jsx)(b,{label:B.description,value:l,onChange:e=>u(e.target.value),maxLength:500}),(0,z.jsx)(g,{error:r}),(0,z.jsx)(a,{type:`submit`,variant:`primary`,busy:n,className:`self-start`,children:B.submit})]})}var W=e.webhooks.inbox,G=[`200`,`500`,`410`,`hang`];function K({endpoints:e,onCreated:t}){let{data:n,error:r,refetch:i}=D();return(0,z.jsx)(l,{title:W.title,children:r?(0,z.jsx)(m,{error:r,retry:()=>void i()}):n?(0,z.jsx)(q,{inbox:n,endpoints:e,onCreated:t}):(0,z.jsx)(f,{})})}function q({inbox:e,endpoints:t,onCreated:n}){let{inbox_hang:r}=p(),i=j(),o=O(),s=O(),[l,u]=(0,R.useState)(null),[d,f]=(0,R.useState)(e.answer),m=t?.find(({url:t})=>t===e.url),h=()=>{i.send(M.create(e.url,[`*`],W.endpointDescription)).then(({secret:e})=>n(e),()=>void 0)},_=G.filter(e=>e!==`hang`||r);return(0,z.jsxs)(`div`,{className:`flex flex-col gap-3`,children:[(0,z.jsx)(`p`,{className:`text-muted`,children:W.text}),(0,z.jsx)(y,{text:e.url}),(0,z.jsxs)(`div`,{className:`flex flex-wrap items-end gap-3`,children:[(0,z.jsx)(v,{label:W.answer,value:o.isPending?d:e.answer,onChange:e=>{o.isPending||(f(e.target.value),o.mutate(M.answer(e.target.value)))},options:_.map(e=>({value:e,text:W.answers[e]})),className:`w-72 max-w-full`}),t&&!m&&(0,z.jsx)(a,{variant:`primary`,busy:i.isPending,onClick:h,children:W.connect}),(0,z.jsx)(a,{busy:s.isPending,disabled:!e.data.length,onClick:()=>s.mutate(M.empty()),children:W.empty})]}),m&&(0,z.jsxs)(`p`,{className:`text-muted`,children:[W.connected,` `,(0,z.jsx)(c,{className:`text-accent underline`,to:`/webhooks/${m.endpoint_id}`,children:m.endpoint_id})]}),(0,z.jsx)(g,{error:i.error??o.error??s.error}),e.data.length?(0,z.jsx)(S,{label:W.received,columns:J(u),rows:e.data,keyOf:({id:e})=>e}):(0,z.jsx)(`p`,{className:`text-muted`,children:W.none}),(0,z.jsx)(P,{open:l!==null,onClose:()=>u(null),title:l?.event_type??W.webhook,children:l&&(0,z.jsx)(X,{webhook:l})})]})}function J(e){return[{id:`received`,title:W.receivedAt,render:({received_at:e})=>(0,z.jsx)(w,{at:e})},{id:`type`,title:W.event,render:t=>(0,z.jsx)(`button`,{type:`button`,className:`text-accent underline`,onClick:()=>e(t),children:t.event_type??W.webhook})},{id:`status`,title:W.answered,render:({status:e})=>(0,z.jsx)(o,{status:e,none:W.unanswered})},{id:`signature`,title:W.signature,render:({signature:e})=>(0,z.jsx)(Y,{signature:e})}]}function Y({signature:e}){return(0,z.jsx)(s,{tone:e.valid?`good`:`bad`,children:e.valid?W.valid:W.invalid})}function X({webhook:e}){let{signature:t,stripe_signature:n,headers:r,body:i}=e,a=Object.entries(r).map(([e,t])=>`${e}: ${t}`);return(0,z.jsxs)(`div`,{className:`flex flex-col gap-3`,children:[(0,z.jsx)(`h3`,{className:`font-medium`,children:W.signature}),(0,z.jsx)(Z,{signature:t,body:i,label:W.base}),n&&(0,z.jsxs)(z.Fragment,{children:[(0,z.jsx)(`h3`,{className:`font-medium`,children:W.stripeSignature}),(0,z.jsx)(Z,{signature:n,body:i,label:W.stripeBase})]}),(0,z.jsx)(`h3`,{className:`font-medium`,children:W.headers}),(0,z.jsx)(x,{code:a.join(`
`),label:W.headers}),(0,z.jsx)(`h3`,{className:`font-medium`,children:W.body}),(0,z.jsx)(I,{value:i,label:W.body})]})}function Z({signature:e,body:t,label:n}){let{valid:r,reason:i,endpoint_id:a,secret:o,base_string_prefix:s}=e;return(0,z.jsxs)(`div`,{className:`flex flex-col gap-2`,children:[(0,z.jsxs)(`p`,{className:`flex flex-wrap items-center gap-2`,children:[(0,z.jsx)(Y,{signature:e}),r?W.why:i&&W.reasons[i]]}),(0,z.jsx)(L,{pairs:[[W.endpoint,a],[W.secret,o&&W.secrets[o]]]}),s!==null&&(0,z.jsx)(x,{code:s+t,label:n})]})}var Q=[{id:`python`,title:`Python`,code:`import base64, hashlib, hmac, os, time

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
`}],$=e.webhooks;function te(){ee();let{data:e,error:t,isPending:n,refetch:r}=E(),i=D(),[o,s]=(0,R.useState)(!1),[c,u]=(0,R.useState)(null),p=e=>{s(!1),u(e)};return(0,z.jsxs)(d,{title:$.title,actions:(0,z.jsx)(a,{variant:`primary`,onClick:()=>s(!0),children:$.create.button}),children:[n||i.isPending?(0,z.jsx)(f,{}):(0,z.jsxs)(`div`,{className:`flex flex-col gap-4`,children:[t&&(0,z.jsx)(m,{error:t,retry:()=>void r()}),e?.length===0&&(0,z.jsx)(_,{title:$.empty.title,children:$.empty.text}),e&&e.length>0&&(0,z.jsx)(S,{label:$.endpoints.title,columns:ne,rows:e,keyOf:e=>e.endpoint_id}),(0,z.jsx)(K,{endpoints:e,onCreated:p}),(0,z.jsxs)(l,{title:$.verify.title,children:[(0,z.jsx)(`p`,{className:`mb-3 text-muted`,children:$.verify.text}),(0,z.jsx)(C,{label:$.verify.title,tabs:Q.map(({id:e,title:t,code:n})=>({id:e,title:t,content:(0,z.jsx)(x,{code:n,label:t})}))})]})]}),(0,z.jsx)(H,{open:o,onClose:()=>s(!1),onCreated:p}),(0,z.jsx)(A,{secret:c,onClose:()=>u(null)})]})}var ne=[{id:`url`,title:$.endpoints.url,render:({endpoint_id:e,url:t,description:n})=>(0,z.jsxs)(`div`,{className:`max-w-md min-w-40`,children:[(0,z.jsx)(c,{className:`break-all text-accent underline`,to:`/webhooks/${e}`,children:t}),n&&(0,z.jsx)(`p`,{className:`text-muted`,children:n})]})},{id:`status`,title:$.endpoints.status,render:({status:e,failing_since:t})=>(0,z.jsxs)(z.Fragment,{children:[(0,z.jsx)(u,{status:e}),t&&(0,z.jsxs)(`p`,{className:`mt-1 text-xs whitespace-nowrap text-bad`,children:[$.endpoints.failingSince,` `,(0,z.jsx)(w,{at:t})]})]})},{id:`events`,title:$.endpoints.events,render:({events:e})=>$.endpoints.eventTypes(e)},{id:`attempts`,title:$.endpoints.attempts,render:({endpoint_id:e})=>(0,z.jsx)(re,{endpoint:e})}];function re({endpoint:e}){let{entries:t}=h(),{data:n}=T(e);return(0,z.jsx)(N,{hours:k(e,t,n?.data??[],r())})}export{te as default};