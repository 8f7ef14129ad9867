package api

import (
	"encoding/json"
	"strings"
	"testing"

	"playhead/internal/meta"
)

func TestEnvironments(t *testing.T) {
	c := newControl(t)
	const list = "/system/v1/environments"
	read, write := "shop system read", "shop system write"
	c.run(t, []step{
		{token: write, method: "POST", target: list, body: `{"name":"staging","type":"staging","env_key":"st-1"}`, status: 201, keep: "staging"},
		{token: read, method: "GET", target: list + "?limit=2&page=2", status: 200, want: `{"data":[{"id":"{staging}","property_id":3,"name":"staging",
			"type":"staging","env_key":"st-1","created_at":"2026-05-04T12:00:00Z"}],"total_row_count":3,` + lastDayJSON + `}`},
		{token: read, method: "GET", target: list + "?page=2147483647&limit=1000", status: 200, want: `{"data":[],"total_row_count":3,` + lastDayJSON + `}`},
		{token: write, method: "POST", target: list, body: `{"name":"random key"}`, status: 201},

		{token: write, method: "POST", target: list, body: `{"name":"staging"}`, status: 409, want: "staging"},
		{token: write, method: "POST", target: list, body: `{"name":"b","env_key":"st-1"}`, status: 409, want: `env_key "st-1"`},
		{token: write, method: "POST", target: list, body: `{}`, status: 400, want: "name"},
		{token: write, method: "POST", target: list, body: `{"name":"b","type":"live"}`, status: 400, want: "type"},
		{token: write, method: "POST", target: list, body: `{"name":"b","env_key":"a b"}`, status: 400, want: "env_key"},
		{token: read, method: "GET", target: list + "?limit=0", status: 400, want: "limit"},
		{token: read, method: "POST", target: list, body: `{"name":"b"}`, status: 403, want: "system:write"},
		{token: write, method: "GET", target: list, status: 403, want: "system:read"},
		{token: "shop data read", method: "GET", target: list, status: 403, want: "system:read"},
	})
	if _, ok := c.store.EnvironmentByKey("st-1"); !ok {
		t.Error("players cannot use the environment that was made")
	}
}

// TestTokens makes, uses and revokes a token of another environment.
func TestTokens(t *testing.T) {
	c := newControl(t)
	n := meta.NewToken{Name: "root", EnvironmentID: c.names["shop"], Permissions: meta.Permissions}
	if _, err := c.store.ImportToken(t.Context(), n, "root", "secret"); err != nil {
		t.Fatal(err)
	}
	const list, whoami = "/system/v1/tokens", "/system/v1/whoami"
	w := sendBody(t, c, "POST", list, basic("root", "secret"),
		c.fill(`{"name":"board","environment_id":"{news}","permissions":["data:read"],"expires_at":"2026-05-05T14:00:00+02:00"}`))
	var made struct {
		Data struct{ ID, Secret string }
	}
	if err := json.Unmarshal(w.Body.Bytes(), &made); err != nil || w.Code != 201 {
		t.Fatalf("status %d, %s", w.Code, w.Body)
	}
	c.names["board"], c.names["secret"] = made.Data.ID, made.Data.Secret
	const row = `"id":"{board}","name":"board","environment_id":"{news}","permissions":["data:read"],
		"created_at":"2026-05-04T12:00:00Z","expires_at":"2026-05-05T12:00:00Z"`
	if want := c.fill(`{"data":{` + row + `,"revoked_at":null,"secret":"{secret}"},"total_row_count":1,` + lastDayJSON + `}`); !sameJSON(t, want, w.Body.Bytes()) {
		t.Errorf("created: got %s, want %s", w.Body, want)
	}

	header := basic(made.Data.ID, made.Data.Secret)
	if w := send(t, c, "GET", whoami, header); w.Code != 200 || !strings.Contains(w.Body.String(), `"news"`) {
		t.Errorf("the new token: status %d: %s", w.Code, w.Body)
	}
	listed := func() string {
		w := send(t, c, "GET", list+"?limit=100", basic("root", "secret"))
		if strings.Contains(w.Body.String(), made.Data.Secret) {
			t.Errorf("the list shows a secret: %s", w.Body)
		}
		var body struct{ Data []json.RawMessage }
		if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil || len(body.Data) != 10 {
			t.Fatalf("%v: want 10 tokens, have %s", err, w.Body)
		}
		for _, r := range body.Data {
			if strings.Contains(string(r), made.Data.ID) {
				return string(r)
			}
		}
		return "null"
	}
	if want, got := c.fill(`{`+row+`,"revoked_at":null}`), listed(); !sameJSON(t, want, []byte(got)) {
		t.Errorf("listed: got %s, want %s", got, want)
	}
	c.run(t, []step{{token: "root", method: "DELETE", target: list + "/{board}", status: 204}})
	if w := send(t, c, "GET", whoami, header); w.Code != 401 {
		t.Errorf("the revoked token: status %d, want 401", w.Code)
	}
	if want, got := c.fill(`{`+row+`,"revoked_at":"2026-05-04T12:00:00Z"}`), listed(); !sameJSON(t, want, []byte(got)) {
		t.Errorf("listed: got %s, want %s", got, want)
	}
}

func sameJSON(t *testing.T, want string, got []byte) bool {
	t.Helper()
	a, _ := json.Marshal(decode(t, []byte(want)))
	b, _ := json.Marshal(decode(t, got))
	return string(a) == string(b)
}

func TestTokensRefused(t *testing.T) {
	c := newControl(t)
	const list = "/system/v1/tokens"
	write := "shop system write"
	c.run(t, []step{
		// The calling token's environment by default, and its permissions at the most.
		{token: write, method: "POST", target: list, body: `{"name":"a","permissions":["system:write"]}`, status: 201},
		{token: write, method: "POST", target: list, body: `{"name":"a","permissions":["data:read"]}`, status: 403, want: "data:read"},
		{token: write, method: "POST", target: list, body: `{"name":"a","permissions":["system:write","system:read"]}`, status: 403, want: "system:read"},
		{token: write, method: "POST", target: list, body: `{"name":"a","permissions":["data:burn"]}`, status: 400, want: "data:read data:write"},
		{token: write, method: "POST", target: list, body: `{"name":"a"}`, status: 400, want: "at least one of data:read"},
		{token: write, method: "POST", target: list, body: `{"name":"a","permissions":"data:read"}`, status: 400, want: "permissions: want an array"},
		{token: write, method: "POST", target: list, body: `{"permissions":["system:write"]}`, status: 400, want: "name: is missing (what it is for"},
		{token: write, method: "POST", target: list, body: `{"name":"a","permissions":["system:write"],"environment_id":"nope"}`, status: 400, want: "environment_id"},
		{token: write, method: "POST", target: list, body: `{"name":"a","permissions":["system:write"],"expires_at":"tomorrow"}`, status: 400, want: "expires_at"},
		{token: write, method: "POST", target: list, body: `{"name":"a","permissions":["system:write"],"expires_at":"2026-05-04T12:00:00Z"}`, status: 400, want: "expires_at"},
		{token: write, method: "DELETE", target: list + "/nobody", status: 404, want: "nobody"},
		{token: write, method: "GET", target: list, status: 403, want: "system:read"},
		{token: "shop system read", method: "POST", target: list, body: `{"name":"a","permissions":["system:read"]}`, status: 403, want: "system:write"},
		{token: "shop system read", method: "DELETE", target: list + "/shop data read", status: 403, want: "system:write"},
		{token: "shop data write", method: "GET", target: list, status: 403, want: "system:read"},
	})
}
