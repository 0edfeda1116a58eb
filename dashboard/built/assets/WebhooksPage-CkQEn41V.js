import{n as e,o as t,r as n,t as r}from"./jsx-runtime-CvAdsC8u.js";import{B as i,C as a,E as o,G as s,H as c,J as l,L as u,P as d,S as f,T as p,V as m,X as h,q as g,w as _,x as v,xt as y}from"./index-C1m00BKX.js";import{n as b,t as x}from"./CodeBlock-C3H0KrYT.js";import{t as S}from"./Table-CiGtEw4x.js";import{t as C}from"./Tabs-CX2byeAF.js";import{t as w}from"./Time-Czdd7dDB.js";import{a as ee,c as T,d as E,i as D,m as O,n as k,p as A,r as j,t as te,u as M}from"./Sparkline-MZg6u1BH.js";import{n as N,t as P}from"./Drawer-D5my6N6a.js";import{n as F,t as I}from"./Field-DFnRSQI1.js";import{t as L}from"./JsonView-CO7s2brp.js";import{t as R}from"./KeyValue-CMcW8Wcq.js";var z=t(n(),1),B=r(),V=e.webhooks.create,H=`*`;function U({open:e,onClose:t,onCreated:n}){return(0,B.jsx)(P,{open:e,onClose:t,title:V.title,children:(0,B.jsx)(W,{onCreated:n})})}function W({onCreated:e}){let{send:t,isPending:n,error:r}=A(),[i,o]=(0,z.useState)(``),[s,c]=(0,z.useState)(H),[l,d]=(0,z.useState)(``);return(0,B.jsxs)(`form`,{onSubmit:n=>{n.preventDefault();let r=s.split(/[\s,]+/).filter(Boolean);t(j.create(i.trim(),r.length?r:[H],l.trim())).then(({secret:t})=>e(t),()=>void 0)},className:`flex flex-col gap-3`,children:[(0,B.jsx)(F,{label:V.url,hint:V.urlHint,type:`url`,required:!0,value:i,onChange:e=>o(e.target.value)}),(0,B.jsx)(F,{label:V.events,hint:V.eventsHint,value:s,onChange:e=>c(e.target.value),autoComplete:`off`,spellCheck:!1}),(0,B.jsx)(F,{label:V.description,value:l,onChange:e=>d(e.target.value),maxLength:500}),(0,B.jsx)(a,{error:r}),(0,B.jsx)(u,{type:`submit`,variant:`primary`,busy:n,className:`self-start`,children:V.submit})]})}var G=e.webhooks.inbox,K=[`200`,`500`,`410`,`hang`];function q({endpoints:e,onCreated:t}){let{data:n,error:r,refetch:i}=E();return(0,B.jsx)(g,{title:G.title,children:r?(0,B.jsx)(f,{error:r,retry:()=>void i()}):n?(0,B.jsx)(J,{inbox:n,endpoints:e,onCreated:t}):(0,B.jsx)(_,{})})}function J({inbox:e,endpoints:t,onCreated:n}){let{inbox_hang:r}=y(),i=A(),s=D(),c=D(),[l,d]=(0,z.useState)(null),[f,p]=(0,z.useState)(e.answer),m=t?.find(({url:t})=>t===e.url),g=()=>{i.send(j.create(e.url,[`*`],G.endpointDescription)).then(({secret:e})=>n(e),()=>void 0)},_=K.filter(e=>e!==`hang`||r);return(0,B.jsxs)(`div`,{className:`flex flex-col gap-3`,children:[(0,B.jsx)(`p`,{className:`text-muted`,children:G.text}),(0,B.jsx)(b,{text:e.url}),(0,B.jsxs)(`div`,{className:`flex flex-wrap items-end gap-3`,children:[(0,B.jsx)(I,{label:G.answer,value:s.isPending?f:e.answer,onChange:e=>{s.isPending||(p(e.target.value),s.mutate(j.answer(e.target.value)))},options:_.map(e=>({value:e,text:G.answers[e]})),className:`w-72 max-w-full`}),t&&!m&&(0,B.jsx)(u,{variant:`primary`,busy:i.isPending,onClick:g,children:G.connect}),(0,B.jsx)(u,{busy:c.isPending,disabled:!e.data.length,onClick:()=>c.mutate(j.empty()),children:G.empty})]}),m&&(0,B.jsxs)(`p`,{className:`text-muted`,children:[G.connected,` `,(0,B.jsx)(h,{className:`text-accent underline`,to:`/webhooks/${m.endpoint_id}`,children:m.endpoint_id})]}),(0,B.jsx)(a,{error:i.error??s.error??c.error}),e.data.length?(0,B.jsx)(S,{label:G.received,columns:Y(d),rows:e.data,keyOf:({id:e})=>e}):(0,B.jsx)(`p`,{className:`text-muted`,children:G.none}),(0,B.jsx)(N,{open:l!==null,onClose:()=>d(null),title:o(l?.event_type??G.webhook),children:l&&(0,B.jsx)(Z,{webhook:l})})]})}function Y(e){return[{id:`received`,title:G.receivedAt,render:({received_at:e})=>(0,B.jsx)(w,{at:e})},{id:`type`,title:G.event,render:t=>(0,B.jsx)(`button`,{type:`button`,className:`text-accent underline`,onClick:()=>e(t),children:(0,B.jsx)(p,{children:t.event_type??G.webhook})})},{id:`status`,title:G.answered,render:({status:e})=>(0,B.jsx)(m,{status:e,none:G.unanswered})},{id:`signature`,title:G.signature,render:({signature:e})=>(0,B.jsx)(X,{signature:e})}]}function X({signature:e}){return(0,B.jsx)(i,{tone:e.valid?`good`:`bad`,children:e.valid?G.valid:G.invalid})}function Z({webhook:e}){let{signature:t,stripe_signature:n,headers:r,body:i}=e,a=Object.entries(r).map(([e,t])=>`${e}: ${t}`);return(0,B.jsxs)(`div`,{className:`flex flex-col gap-3`,children:[(0,B.jsx)(`h3`,{className:`font-medium`,children:G.signature}),(0,B.jsx)(Q,{signature:t,body:i,label:G.base}),n&&(0,B.jsxs)(B.Fragment,{children:[(0,B.jsx)(`h3`,{className:`font-medium`,children:G.stripeSignature}),(0,B.jsx)(Q,{signature:n,body:i,label:G.stripeBase})]}),(0,B.jsx)(`h3`,{className:`font-medium`,children:G.headers}),(0,B.jsx)(x,{code:a.join(`
`),label:G.headers}),(0,B.jsx)(`h3`,{className:`font-medium`,children:G.body}),(0,B.jsx)(L,{value:i,label:G.body})]})}function Q({signature:e,body:t,label:n}){let{valid:r,reason:i,endpoint_id:a,secret:o,base_string_prefix:s}=e;return(0,B.jsxs)(`div`,{className:`flex flex-col gap-2`,children:[(0,B.jsxs)(`p`,{className:`flex flex-wrap items-center gap-2`,children:[(0,B.jsx)(X,{signature:e}),r?G.why:i&&G.reasons[i]]}),(0,B.jsx)(R,{pairs:[[G.endpoint,a],[G.secret,o&&G.secrets[o]]]}),s!==null&&(0,B.jsx)(x,{code:s+t,label:n})]})}var ne=[{id:`python`,title:`Python`,code:`import base64, hashlib, hmac, os, time

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
`}],$=e.webhooks;function re(){M();let{data:e,error:t,isPending:n,refetch:r}=T(),i=E(),[a,o]=(0,z.useState)(!1),[s,c]=(0,z.useState)(null),d=e=>{o(!1),c(e)};return(0,B.jsxs)(l,{title:$.title,actions:(0,B.jsx)(u,{variant:`primary`,onClick:()=>o(!0),children:$.create.button}),children:[n||i.isPending?(0,B.jsx)(_,{}):(0,B.jsxs)(`div`,{className:`flex flex-col gap-4`,children:[t&&(0,B.jsx)(f,{error:t,retry:()=>void r()}),e?.length===0&&(0,B.jsx)(v,{title:$.empty.title,children:$.empty.text}),e&&e.length>0&&(0,B.jsx)(S,{label:$.endpoints.title,columns:ie,rows:e,keyOf:e=>e.endpoint_id}),(0,B.jsx)(q,{endpoints:e,onCreated:d}),(0,B.jsxs)(g,{title:$.verify.title,children:[(0,B.jsx)(`p`,{className:`mb-3 text-muted`,children:$.verify.text}),(0,B.jsx)(C,{label:$.verify.title,tabs:ne.map(({id:e,title:t,code:n})=>({id:e,title:t,content:(0,B.jsx)(x,{code:n,label:t})}))})]})]}),(0,B.jsx)(U,{open:a,onClose:()=>o(!1),onCreated:d}),(0,B.jsx)(k,{secret:s,onClose:()=>c(null)})]})}var ie=[{id:`url`,title:$.endpoints.url,render:({endpoint_id:e,url:t,description:n})=>(0,B.jsxs)(`div`,{className:`max-w-md min-w-40`,children:[(0,B.jsx)(h,{className:`break-all text-accent underline`,to:`/webhooks/${e}`,children:(0,B.jsx)(p,{children:t})}),n&&(0,B.jsx)(`p`,{className:`text-muted`,children:(0,B.jsx)(p,{children:n})})]})},{id:`status`,title:$.endpoints.status,render:({status:e,failing_since:t})=>(0,B.jsxs)(B.Fragment,{children:[(0,B.jsx)(c,{status:e}),t&&(0,B.jsxs)(`p`,{className:`mt-1 text-xs text-bad sm:whitespace-nowrap`,children:[$.endpoints.failingSince,` `,(0,B.jsx)(w,{at:t})]})]})},{id:`events`,title:$.endpoints.events,render:({events:e})=>$.endpoints.eventTypes(e)},{id:`attempts`,title:$.endpoints.attempts,render:({endpoint_id:e})=>(0,B.jsx)(ae,{endpoint:e})}];function ae({endpoint:e}){let{entries:t}=s(),{data:n}=ee(e);return(0,B.jsx)(te,{hours:O(e,t,n?.data??[],d())})}export{re as default};