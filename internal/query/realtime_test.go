package query

import (
	"reflect"
	"testing"
)

// TestAddTicks adds up every number of a tick.
func TestAddTicks(t *testing.T) {
	var sum, one Tick
	fields := reflect.ValueOf(&one).Elem()
	for i := range fields.NumField() {
		fields.Field(i).SetInt(int64(i + 1))
	}
	sum.Add(one)
	sum.Add(one)
	for i := range fields.NumField() {
		if got, want := reflect.ValueOf(sum).Field(i).Int(), int64(2*(i+1)); got != want {
			t.Errorf("%s of both together is %d, want %d", fields.Type().Field(i).Name, got, want)
		}
	}
}
