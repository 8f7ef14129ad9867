package api

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"playhead/internal/fault"
	"playhead/internal/meta"
	"playhead/internal/openapi"
	"playhead/internal/query"
)

// Stored files are downloaded by URLs that are signed: who has one needs no
// token, as it was given by a list to somebody who has one. The signature is over
// the path and the time at which the URL ends, so that it is good for one file,
// by GET and HEAD, whatever host and scheme it is asked by.

// The parameters of a signed URL; [server.verifyURL] reads them.
var (
	urlExpires = param{
		name: "expires", needed: true, doc: "when the URL ends, in seconds since 1970", example: "1795820400",
		schema: &openapi.Schema{Type: openapi.Types{"integer"}, Format: "int64"}, set: func(*query.Request, []string) {},
	}
	urlSignature = param{
		name: "signature", needed: true, doc: "of the path and that time, by the server that made the URL: 64 hexadecimal digits", example: "b0eab0e4bace81fcb7c8108bd6b2a3a4b5dda1b403f7899ea4a3716e1c0112f8",
		set: func(*query.Request, []string) {},
	}
)

// base is the URL that a client reaches the API by: that of the settings, or
// that which it asks. A proxy tells whether that is https. Who lies about it is
// lied to.
func (s *server) base(r *http.Request) string {
	if s.PublicURL != "" {
		return strings.TrimSuffix(s.PublicURL, "/")
	}
	scheme := "http"
	if r.TLS != nil || strings.EqualFold(r.Header.Get("X-Forwarded-Proto"), "https") {
		scheme = "https"
	}
	return (&url.URL{Scheme: scheme, Host: r.Host}).String()
}

// signURL makes the URL of a stored file.
func (s *server) signURL(base string, property int64, file string, ends time.Time) string {
	path, expires := "/exports/"+strconv.FormatInt(property, 10)+"/"+url.PathEscape(file), strconv.FormatInt(ends.Unix(), 10)
	return base + path + "?" + url.Values{"expires": {expires}, "signature": {s.signature(path, expires)}}.Encode()
}

// signature is the signature of a path that is good until a time.
func (s *server) signature(path, expires string) string {
	h := hmac.New(sha256.New, s.Exports.Key)
	h.Write([]byte(path + "\n" + expires))
	return hex.EncodeToString(h.Sum(nil))
}

// verifyURL finds out which file of which environment a signed URL is of. A
// wrong or expired signature is fault.Forbidden, whatever it is of.
func (s *server) verifyURL(r *http.Request) (meta.Environment, string, error) {
	values := r.URL.Query()
	expires, signature := values.Get(urlExpires.name), values.Get(urlSignature.name)
	want := s.signature(r.URL.EscapedPath(), expires)
	if len(s.Exports.Key) == 0 || !hmac.Equal([]byte(want), []byte(signature)) {
		return meta.Environment{}, "", &fault.Error{
			Code: fault.Forbidden, Param: urlSignature.name, Message: "this is not the signature of this URL: want one as /data/v1/exports/views lists it",
		}
	}
	ends, err := strconv.ParseInt(expires, 10, 64)
	if err != nil || s.Clock().Unix() >= ends {
		return meta.Environment{}, "", &fault.Error{
			Code: fault.Forbidden, Param: urlExpires.name, Message: "this URL has ended: /data/v1/exports/views lists new ones",
		}
	}
	all := s.Records.Environments()
	i := slices.IndexFunc(all, func(e meta.Environment) bool { return strconv.FormatInt(e.Property, 10) == r.PathValue("property") })
	if i < 0 {
		return meta.Environment{}, "", errNoFile
	}
	return all[i], r.PathValue("file"), nil
}

// errNoFile is that a file is not there any more.
var errNoFile = fault.New(fault.NotFound, "there is no such file any more: /data/v1/exports/views lists those that there are")
