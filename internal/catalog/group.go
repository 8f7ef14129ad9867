package catalog

// Group is what metrics, dimensions and fields of a view are shown among, by
// its title for people.
type Group string

// The groups.
const (
	Attempt    Group = "View"
	Engagement Group = "Engagement"
	Overall    Group = "Overall"
	Success    Group = "Playback success"
	Outcome    Group = "Outcome"
	Startup    Group = "Startup time"
	Smoothness Group = "Smoothness"
	Quality    Group = "Video quality"
	Delivery   Group = "Delivery"
	Video      Group = "Video"
	Source     Group = "Source"
	Player     Group = "Player"
	Device     Group = "Device"
	Location   Group = "Location"
	Viewer     Group = "Viewer"
	Ads        Group = "Ads"
	Custom     Group = "Custom"
)

// Groups are all groups, in the order to show them.
var Groups = []Group{
	Attempt, Engagement, Overall, Success, Outcome, Startup, Smoothness, Quality,
	Video, Location, Device, Player, Source, Delivery, Viewer, Ads, Custom,
}
