package incident

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"playhead/internal/catalog"
	"playhead/internal/view"
)

// TestSampleOf has views with errors that are failures, and with some that are not:
// what is said of the error is that of the failure, whatever else went wrong.
func TestSampleOf(t *testing.T) {
	v := view.New(view.ID{1, 2})
	v.SetText(catalog.MustColumn("video_title"), "Harbour Lights")
	v.SetNumber(catalog.MustColumn("view_end"), 1_777_896_000_000)
	clean := Sample{ID: view.ID{1, 2}, At: 1_777_896_000_000, Title: "Harbour Lights"}
	if diff := cmp.Diff(clean, SampleOf(v)); diff != "" {
		t.Errorf("without errors (-want +got):\n%s", diff)
	}
	v.SetText(catalog.MustColumn("error_types"), view.JoinList([]string{
		view.JoinParts("7", "warning", "0", "1", "stalled"),
		view.JoinParts("42", "fatal", "0", "4", "no network"),
		view.JoinParts("9", "fatal", "1", "403", "not paid"),
	}))
	v.SetText(catalog.MustColumn("player_error_code"), "403")
	v.SetText(catalog.MustColumn("player_error_message"), "not paid")
	v.SetNumber(catalog.MustColumn("error_type_id"), 9)
	if diff := cmp.Diff(clean, SampleOf(v)); diff != "" {
		t.Errorf("with a warning and a business exception (-want +got):\n%s", diff)
	}
	v.SetNumber(catalog.MustColumn("playback_failure_error_type_id"), 42)
	failed := clean
	failed.Failure, failed.Code, failed.Message = 42, "4", "no network"
	if diff := cmp.Diff(failed, SampleOf(v)); diff != "" {
		t.Errorf("with a failure (-want +got):\n%s", diff)
	}
	v.SetNumber(catalog.MustColumn("playback_failure_error_type_id"), 43) // of the fifty-first error: only its type is kept
	failed.Failure, failed.Code, failed.Message = 43, "", ""
	if diff := cmp.Diff(failed, SampleOf(v)); diff != "" {
		t.Errorf("with a failure that is not described (-want +got):\n%s", diff)
	}
}

// TestLongMessage: of a message of 4 KiB, of which a detector would remember many, 500
// characters are kept.
func TestLongMessage(t *testing.T) {
	v := view.New(view.ID{1})
	v.SetNumber(failureColumn, 42)
	v.SetText(typesColumn, view.JoinList([]string{view.JoinParts("42", "fatal", "0", strings.Repeat("9", 4096), strings.Repeat("ä", 2048))}))
	s := SampleOf(v)
	if want := strings.Repeat("9", 499) + "…"; s.Code != want {
		t.Errorf("code of %d bytes, want 499 digits: %.20s", len(s.Code), s.Code)
	}
	if want := strings.Repeat("ä", 499) + "…"; s.Message != want {
		t.Errorf("message of %d bytes, want 499 characters: %.20s", len(s.Message), s.Message)
	}
}
