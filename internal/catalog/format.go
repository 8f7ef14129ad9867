package catalog

// Format tells how a value is written for people: the types of metrics, and
// what there is besides. The value itself is as the API has it everywhere, so
// that fractions are below 1 and bitrates in bit/s.
type Format string

// The formats.
const (
	Plain           Format = "text"
	Flag            Format = "flag"            // true or false
	Moment          Format = "time"            // a moment
	Sequence        Format = "list"            // several texts
	Identifier      Format = "identifier"      // a number that counts nothing
	URL             Format = "url"             // the URL of a page or a file
	CountryCode     Format = "country"         // ISO 3166-1 alpha-2
	ContinentCode   Format = "continent"       // two letters
	Language        Format = "language"        // a tag of BCP 47
	ErrorType       Format = "error_type"      // the number of a type of errors
	PerMillisecond  Format = "per_millisecond" // 60,000 times the value is per minute
	Pixels          Format = "pixels"
	FramesPerSecond Format = "fps"
	Degrees         Format = "degrees"
	Bitrate                = Format(Mbps)
)

// Formats are all formats.
var Formats = []Format{
	Format(Score), Format(Percentage), Format(Milliseconds), Format(PerMinute), Format(Number), Bitrate,
	Plain, Flag, Moment, Sequence, Identifier, URL, CountryCode, ContinentCode, Language, ErrorType, PerMillisecond, Pixels, FramesPerSecond, Degrees,
}

// unitFormats are how numbers of a unit are written.
var unitFormats = map[string]Format{
	"ms": Format(Milliseconds), "bit/s": Bitrate, "px": Pixels, "fraction": Format(Percentage), "score": Format(Score),
	"per minute": Format(PerMinute), "degrees": Degrees,
}

// kindFormats are how values of a kind are written, if they have no unit that
// tells it.
var kindFormats = map[Kind]Format{Text: Plain, List: Sequence, Bool: Flag, Int: Format(Number), Float: Format(Number), Time: Moment}

// Written is how values of the column are written.
func (c *Column) Written() Format {
	if c.Format != "" {
		return c.Format
	}
	if f, ok := unitFormats[c.Unit]; ok {
		return f
	}
	return kindFormats[c.Kind]
}

// Unit is what values of the type are in.
func (t Type) Unit() string {
	switch t {
	case Score:
		return "score from 0 to 1"
	case Percentage:
		return "fraction from 0 to 1"
	case Milliseconds:
		return "ms"
	case PerMinute:
		return "per minute"
	case Mbps:
		return "bit/s"
	default:
		return "number"
	}
}
