/** Code that verifies a delivery by Standard Webhooks: the raw body, the age, then each signature in constant time. */
export interface Sample {
  id: string;
  title: string;
  code: string;
}

const PYTHON = `import base64, hashlib, hmac, os, time

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
`;

const NODE = `import { createHmac, timingSafeEqual } from "node:crypto";

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
`;

const GO = `package webhooks

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
`;

const RUBY = `require "openssl"

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
`;

const PHP = `<?php

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
`;

export const SAMPLES: readonly Sample[] = [
  { id: "python", title: "Python", code: PYTHON },
  { id: "node", title: "Node", code: NODE },
  { id: "go", title: "Go", code: GO },
  { id: "ruby", title: "Ruby", code: RUBY },
  { id: "php", title: "PHP", code: PHP },
];
