package outbound

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
	"time"
)

// SignatureHeader has what [Sign] makes, as the SDKs of the compatible API check it.
const SignatureHeader = "Mux-Signature"

// Sign makes the value of the header: the time in seconds, and for each secret
// the HMAC-SHA256 of the time, a point and the body, in hexadecimal. The time is
// that of the attempt, as receivers refuse what was signed long ago. Without a
// secret it is "".
func Sign(secrets []string, at time.Time, body []byte) string {
	if len(secrets) == 0 {
		return ""
	}
	t := strconv.FormatInt(at.Unix(), 10)
	var b strings.Builder
	b.WriteString("t=" + t)
	for _, secret := range secrets {
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write([]byte(t + "."))
		mac.Write(body)
		b.WriteString(",v1=" + hex.EncodeToString(mac.Sum(nil)))
	}
	return b.String()
}
