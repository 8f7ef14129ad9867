package api

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"playhead/internal/meta"
)

// lastDayJSON is the timeframe of the day before now.
const lastDayJSON = `"timeframe":[1777809600,1777896000]`

func TestErrorCategories(t *testing.T) {
	c := newControl(t)
	const list, one = "/data/v1/error-categories", "/data/v1/error-categories/"
	read, write := "shop data read", "shop data write"
	c.run(t, []step{
		{token: read, method: "GET", target: list, status: 200, want: `{"data":[],"total_row_count":0,` + lastDayJSON + `}`},
		{
			token: write, method: "PUT", target: one + "200", body: `{"severity":"warning"}`, status: 200,
			want: `{"data":{"code":"200","severity":"warning","business_exception":false},"total_row_count":1,` + lastDayJSON + `}`,
		},
		{token: write, method: "PUT", target: one + "200", body: `{"severity":"fatal","business_exception":true}`, status: 200},
		{token: write, method: "PUT", target: one + "HLS%2Flevel 1", body: `{"severity":"fatal"}`, status: 200},
		{token: "news data write", method: "PUT", target: one + "1", body: `{"severity":"fatal"}`, status: 200},
		{token: read, method: "GET", target: list, status: 200, want: `{"data":[
			{"code":"200","severity":"fatal","business_exception":true},
			{"code":"HLS/level 1","severity":"fatal","business_exception":false}],"total_row_count":2,` + lastDayJSON + `}`},
		{token: write, method: "DELETE", target: one + "HLS%2Flevel 1", status: 204},
		{token: write, method: "DELETE", target: one + "HLS%2Flevel 1", status: 404, want: "HLS/level 1"},
		{token: write, method: "DELETE", target: one + "1", status: 404, want: `"1"`}, // of the other environment

		{token: write, method: "PUT", target: one + "1", body: `{}`, status: 400, want: "severity: is missing (fatal or warning)"},
		{token: write, method: "PUT", target: one + "1", body: `{"severity":"mild"}`, status: 400, want: "fatal, warning"},
		{token: write, method: "PUT", target: one + "1", body: `{"severity":1}`, status: 400, want: "severity"},
		{token: write, method: "PUT", target: one + "1", body: `[]`, status: 400, want: "object"},
		{token: write, method: "PUT", target: one + "1", status: 400, want: "empty"},
		{token: write, method: "GET", target: list, status: 403, want: "data:read"},
		{token: read, method: "PUT", target: one + "1", body: `{"severity":"fatal"}`, status: 403, want: "data:write"},
		{token: read, method: "DELETE", target: one + "200", status: 403, want: "data:write"},
	})
	want := []meta.ErrorCategory{{Code: "200", Severity: meta.Fatal, BusinessException: true}}
	if diff := cmp.Diff(want, c.store.ErrorCategories(c.names["shop"])); diff != "" {
		t.Errorf("stored (-want +got):\n%s", diff)
	}
}

func TestErrorNotes(t *testing.T) {
	c := newControl(t)
	read, write := "shop data read", "shop data write"
	c.run(t, []step{
		{
			token: write, method: "PATCH", target: "/data/v1/errors/7", body: `{"notes":"ask the CDN"}`, status: 200,
			want: `{"data":{"id":7,"notes":"ask the CDN"},"total_row_count":1,` + lastDayJSON + `}`,
		},
		{token: write, method: "PATCH", target: "/data/v1/errors/8", body: `{"notes":"b"}`, status: 200},
		{
			token: write, method: "PATCH", target: "/data/v1/errors/8", body: `{"notes":""}`, status: 200,
			want: `{"data":{"id":8,"notes":null},"total_row_count":1,` + lastDayJSON + `}`,
		},
		{token: write, method: "PATCH", target: "/data/v1/errors/8", body: `{"notes":"b"}`, status: 200},
		{
			token: write, method: "PATCH", target: "/data/v1/errors/8", body: `{"notes":null}`, status: 200,
			want: `{"data":{"id":8,"notes":null},"total_row_count":1,` + lastDayJSON + `}`,
		},
		{token: write, method: "PATCH", target: "/data/v1/errors/7", body: `{}`, status: 400, want: "notes: is missing (1 to 10,000 characters"},
		{token: write, method: "PATCH", target: "/data/v1/errors/7", body: `{"notes":7}`, status: 400, want: "notes: want a string"},
		{token: write, method: "PATCH", target: "/data/v1/errors/x", body: `{"notes":"a"}`, status: 404, want: "x"},
		{token: write, method: "PATCH", target: "/data/v1/errors/0", body: `{"notes":"a"}`, status: 404, want: "0"},
		{token: read, method: "PATCH", target: "/data/v1/errors/7", body: `{"notes":"a"}`, status: 403, want: "data:write"},
	})
	if diff := cmp.Diff(map[int64]string{7: "ask the CDN"}, c.store.ErrorNotes(c.names["shop"])); diff != "" {
		t.Errorf("stored (-want +got):\n%s", diff)
	}
}
