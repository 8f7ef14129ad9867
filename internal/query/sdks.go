package query

import (
	"playhead/internal/catalog"
	"playhead/internal/expr"
)

// maxSDKs is how many SDKs are answered: the most frequent.
const maxSDKs = 100

// sdkParts are what tells SDKs apart: the integration with the player knows of the
// SDK beneath it.
var sdkParts = []*catalog.Dimension{mustDimension("player_mux_plugin_name"), mustDimension("player_mux_plugin_version")}

// mustDimension finds a dimension by a name written in the source.
func mustDimension(name string) *catalog.Dimension {
	d, ok := catalog.LookupDimension(name)
	if !ok {
		panic("BUG: no dimension " + name)
	}
	return d
}

// SDKs plans which SDKs the views of the last 24 hours came from, the most
// frequent first. Rows hold the number of views at [IndexCount] and the end of the
// last of them, in ms since 1970, at [IndexLastSeen]; their groups are the SDK's
// name and version. Everything wrong is fault.Invalid.
func SDKs(r Request) (*Plan, error) {
	scope, _, err := scope(r, catalog.ByEnd)
	if err != nil {
		return nil, err
	}
	return &Plan{
		Scope:   scope,
		Values:  []expr.Node{IndexCount: countViews, IndexLastSeen: lastEnd},
		GroupBy: sdkParts,
		Order:   []Order{{By: IndexCount, Descending: true}},
		Limit:   maxSDKs,
	}, nil
}
