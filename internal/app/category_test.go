package app

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestErrorCategories sets the category of a code between two views that fail
// with it: the first one stays a playback failure, the second one is a business
// exception, in the view, in its timeline, and in the types of errors.
func TestErrorCategories(t *testing.T) {
	c := startServer(t)
	fails := func(id string) {
		t.Helper()
		c.post(t, id, `"e":"viewstart"`, `"e":"playing"`, `"e":"error","percd":"expired","perme":"log in again"`, `"e":"viewend"`)
	}
	fails("before")
	answer := do(t, http.MethodPut, c.app.API()+"/data/v1/error-categories/expired", `{"severity":"fatal","business_exception":true}`)
	answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		t.Fatalf("set category: %s", answer.Status)
	}
	fails("after")
	type told struct {
		Failure  bool   `json:"playback_failure"`
		Business *int64 `json:"playback_business_exception_error_type_id"`
		Score    string `json:"playback_score"`
		Events   []struct {
			Name    string
			Details struct {
				Business bool `json:"is_business_exception"`
			}
		}
	}
	type judged struct {
		Failure, Business, Timeline bool
		Score                       string
	}
	got := map[string]judged{}
	for _, row := range c.list(t, 2) {
		v := get[struct {
			told
			ViewID string `json:"view_id"`
		}](t, c, "video-views/"+row.ID, nil)
		j := judged{Failure: v.Failure, Business: v.Business != nil, Score: v.Score}
		for _, e := range v.Events {
			j.Timeline = j.Timeline || e.Name == "error" && e.Details.Business
		}
		got[v.ViewID] = j
	}
	want := map[string]judged{"before": {Failure: true, Score: "0"}, "after": {Business: true, Timeline: true, Score: "1"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("views (-want, +got):\n%s", diff)
	}
	errors := get[[]struct {
		Count    int
		Severity string
		Business bool `json:"business_exception"`
	}](t, c, "errors", nil)
	if len(errors) != 1 || errors[0].Count != 2 || !errors[0].Business || errors[0].Severity != "fatal" {
		t.Errorf("types of errors are %+v, want one of two views, a fatal business exception", errors)
	}
}
