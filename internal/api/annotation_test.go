package api

import (
	"strings"
	"testing"
)

func TestAnnotations(t *testing.T) {
	c := newControl(t)
	const list, one = "/data/v1/annotations", "/data/v1/annotations/"
	read, write := "shop data read", "shop data write"
	const noSuch = "182bd5e5-6e1a-4fe4-a799-aa6d9a6ab26e"
	c.run(t, []step{
		{token: read, method: "GET", target: list, status: 200, want: `{"data":[],"total_row_count":0,` + lastDayJSON + `}`},
		{token: write, method: "POST", target: list, body: `{"note":"release 7","date":1777888800}`, status: 201, keep: "release"},
		{token: write, method: "POST", target: list, body: `{"note":"outage","date":1745438400,"sub_property_id":"123456"}`, status: 201, keep: "outage"},
		{token: write, method: "POST", target: list, body: `{"note":"just now","date":1777896000}`, status: 201, keep: "late"},
		{token: "news data write", method: "POST", target: list, body: `{"note":"other","date":1777888801}`, status: 201, keep: "other"},
		{
			token: read, method: "GET", target: one + "{release}", status: 200,
			want: `{"data":{"id":"{release}","note":"release 7","date":"2026-05-04T10:00:00Z","sub_property_id":null},"total_row_count":1,` + lastDayJSON + `}`,
		},

		// All of them, by date; the timeframe reaches from the first to the last.
		{token: read, method: "GET", target: list, status: 200, want: `{"data":[
			{"id":"{outage}","note":"outage","date":"2025-04-23T20:00:00Z","sub_property_id":"123456"},
			{"id":"{release}","note":"release 7","date":"2026-05-04T10:00:00Z","sub_property_id":null},
			{"id":"{late}","note":"just now","date":"2026-05-04T12:00:00Z","sub_property_id":null}],
			"total_row_count":3,"timeframe":[1745438400,1777896001]}`},
		{token: read, method: "GET", target: list + "?order_direction=desc&limit=1&page=2", status: 200, want: `{"data":[
			{"id":"{release}","note":"release 7","date":"2026-05-04T10:00:00Z","sub_property_id":null}],
			"total_row_count":3,"timeframe":[1745438400,1777896001]}`},
		{token: read, method: "GET", target: list + "?page=2", status: 200, want: `{"data":[],"total_row_count":3,"timeframe":[1745438400,1777896001]}`},
		{token: read, method: "GET", target: list + "?timeframe[]=24:hours", status: 200, want: `{"data":[
			{"id":"{release}","note":"release 7","date":"2026-05-04T10:00:00Z","sub_property_id":null},
			{"id":"{late}","note":"just now","date":"2026-05-04T12:00:00Z","sub_property_id":null}],
			"total_row_count":2,` + lastDayJSON + `}`},
		{token: read, method: "GET", target: list + "?timeframe[]=1745438400&timeframe[]=1777888800", status: 200, want: `{"data":[
			{"id":"{outage}","note":"outage","date":"2025-04-23T20:00:00Z","sub_property_id":"123456"}],
			"total_row_count":1,"timeframe":[1745438400,1777888800]}`},

		{
			token: write, method: "PATCH", target: one + "{outage}", body: `{"note":"outage of the CDN"}`, status: 200,
			want: `{"data":{"id":"{outage}","note":"outage of the CDN","date":"2025-04-23T20:00:00Z","sub_property_id":"123456"},"total_row_count":1,` + lastDayJSON + `}`,
		},
		{token: write, method: "PATCH", target: one + "{outage}", body: `{"date":1745438401,"sub_property_id":""}`, status: 200},
		{
			token: read, method: "GET", target: one + "{outage}", status: 200,
			want: `{"data":{"id":"{outage}","note":"outage of the CDN","date":"2025-04-23T20:00:01Z","sub_property_id":null},"total_row_count":1,` + lastDayJSON + `}`,
		},
		{token: write, method: "DELETE", target: one + "{outage}", status: 204},
		{token: write, method: "DELETE", target: one + "{outage}", status: 404, want: "annotation"},
		{token: read, method: "GET", target: one + "{outage}", status: 404, want: "annotation"},
		{token: write, method: "PATCH", target: one + "{outage}", body: `{"note":"a"}`, status: 404, want: "annotation"},

		{token: read, method: "GET", target: one + "{other}", status: 404, want: "annotation"},
		{token: write, method: "PATCH", target: one + "{other}", body: `{"note":"mine"}`, status: 404, want: "annotation"},
		{token: write, method: "DELETE", target: one + "{other}", status: 404, want: "annotation"},
		{token: read, method: "GET", target: one + "nonsense", status: 404, want: "nonsense"},

		{token: write, method: "POST", target: list, body: `{"date":1745438400}`, status: 400, want: "note: is missing"},
		{token: write, method: "POST", target: list, body: `{"note":"a"}`, status: 400, want: "date: is missing"},
		{token: write, method: "POST", target: list, body: `{"note":"a","date":"2025-04-23T20:00:00Z"}`, status: 400, want: "date: want a whole number"},
		{token: write, method: "POST", target: list, body: `{"note":"a","date":1.5}`, status: 400, want: "date: want a whole number"},
		{token: write, method: "POST", target: list, body: `{"note":"a","date":9214646400}`, status: 400, want: "date"},
		{token: write, method: "POST", target: list, body: `{"note":"a","date":1745438400000}`, status: 400, want: "date"}, // ms
		{token: write, method: "POST", target: list, body: `{"note":"` + strings.Repeat("x", 10_001) + `","date":1}`, status: 400, want: "note: want 1 to 10000 characters, have 10001"},
		{token: write, method: "POST", target: list, body: `{"note":"a","date":1,"sub_property_id":"a\nb"}`, status: 400, want: "sub_property_id"},
		{token: write, method: "POST", target: list, body: `{"note":"` + strings.Repeat("x", 1<<16) + `","date":1}`, status: 400, want: "65536 bytes"},
		{token: write, method: "POST", target: list, body: `note=a`, status: 400, want: "JSON"},
		{token: write, method: "PATCH", target: one + "{release}", body: `{"note":""}`, status: 400, want: "note"},
		{token: write, method: "PATCH", target: one + "{release}", body: `{"date":-1}`, status: 400, want: "date"},
		{token: read, method: "GET", target: list + "?limit=0", status: 400, want: "limit"},
		{token: read, method: "GET", target: list + "?order_direction=up", status: 400, want: "order_direction"},
		{token: read, method: "GET", target: list + "?timeframe[]=soon", status: 400, want: "timeframe[]"},

		{token: read, method: "POST", target: list, body: `{"note":"a","date":1}`, status: 403, want: "data:write"},
		{token: read, method: "PATCH", target: one + noSuch, body: `{}`, status: 403, want: "data:write"},
		{token: read, method: "DELETE", target: one + noSuch, status: 403, want: "data:write"},
		{token: "shop system read", method: "GET", target: list, status: 403, want: "data:read"},
	})
}
