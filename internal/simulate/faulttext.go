package simulate

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// faultForm is how a fault is written.
const faultForm = "want WHOM:WHAT@FROM+LENGTH, as in cdn=skyhop,country=DE:fail=0.6,code=503@10m+20m"

// ParseFault reads a fault as it is written on a command line:
//
//	cdn=skyhop,country=DE:fail=0.6,code=503@10m+20m
//
// Before the colon is whom it befalls (all: everybody), after it what happens,
// at last when it begins after the start of the world, and how long it lasts.
// Without +LENGTH it does not end; without @FROM it is always there.
//
// Whom: cdn, country, asn, connection, device, browser, system, player,
// release, title, series, stream. What: nostart and fail (a share of the
// views, with a code), slow and stall (factors), bitrate (a share of the
// bandwidth), rush (a factor of how many people come: no fault, but a load).
func ParseFault(text string) (Fault, error) {
	f, err := parseFault(text)
	if err == nil {
		err = f.Validate()
	}
	if err != nil {
		return Fault{}, fmt.Errorf("fault %q: %w", text, err)
	}
	return f, nil
}

func parseFault(text string) (f Fault, err error) {
	what, when, timed := strings.Cut(text, "@")
	whom, what, ok := strings.Cut(what, ":")
	if !ok {
		return f, fmt.Errorf("there is no colon: %s", faultForm)
	}
	if timed {
		if err := f.parseTimes(when); err != nil {
			return f, err
		}
	}
	if whom != "all" {
		for _, part := range strings.Split(whom, ",") {
			name, value, ok := strings.Cut(part, "=")
			if !ok {
				return f, fmt.Errorf("%q is no condition: %s", part, faultForm)
			}
			f.Whom = append(f.Whom, Condition{name, value})
		}
	}
	for _, part := range strings.Split(what, ",") {
		if err := f.parseEffect(part); err != nil {
			return f, err
		}
	}
	return f, nil
}

func (f *Fault) parseEffect(text string) error {
	name, value, ok := strings.Cut(text, "=")
	if !ok {
		return fmt.Errorf("%q has no value: %s", text, faultForm)
	}
	if name == "code" {
		if value == "" {
			return fmt.Errorf("code is empty: %s", faultForm)
		}
		f.Code = value
		return nil
	}
	for _, e := range effects {
		if e.name != name {
			continue
		}
		n, err := strconv.ParseFloat(value, 64)
		if err != nil || !(n > 0 && n <= e.most) {
			return fmt.Errorf("%s is %q: want a number above 0, at most %v", name, value, e.most)
		}
		*e.of(f) = n
		return nil
	}
	return fmt.Errorf("%q: want one of %s, code", name, join(effects, func(e effect) string { return e.name }))
}

func (f *Fault) parseTimes(text string) (err error) {
	from, length, ends := strings.Cut(text, "+")
	if f.From, err = parseSpan(from); err != nil || !ends {
		return err
	}
	lasts, err := parseSpan(length)
	if err == nil && lasts == 0 {
		err = fmt.Errorf("it lasts no time: %s", faultForm)
	}
	f.To = f.From + lasts
	return err
}

// maxSpan keeps sums of two spans within what a Duration holds.
const maxSpan = 100 * 365 * 24 * time.Hour

// parseSpan reads a duration of Go, or days such as 3d or 3d12h.
func parseSpan(text string) (time.Duration, error) {
	var span time.Duration
	rest := text
	if days, after, ok := strings.Cut(text, "d"); ok {
		n, err := strconv.ParseUint(days, 10, 16)
		if err != nil {
			return 0, fmt.Errorf("%q is no time: want one like 90s, 10m, 3h or 3d12h", text)
		}
		span, rest = time.Duration(n)*24*time.Hour, after //nolint:gosec // below 2^16
	}
	if rest != "" || text == "" {
		d, err := time.ParseDuration(rest)
		if err != nil || d < 0 {
			return 0, fmt.Errorf("%q is no time: want one like 90s, 10m, 3h or 3d12h", text)
		}
		span += d
	}
	if span < 0 || span > maxSpan {
		return 0, fmt.Errorf("%q is too long: want at most 100 years", text)
	}
	return span, nil
}

// String writes a fault as ParseFault reads it.
func (f Fault) String() string {
	var b strings.Builder
	for i, c := range f.Whom {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(c.Dimension + "=" + c.Value)
	}
	if len(f.Whom) == 0 {
		b.WriteString("all")
	}
	separator := byte(':')
	for _, e := range effects {
		if n := *e.of(&f); n != 0 {
			b.WriteByte(separator)
			b.WriteString(e.name + "=" + strconv.FormatFloat(n, 'g', -1, 64))
			separator = ','
		}
	}
	if f.Code != "" {
		b.WriteByte(separator)
		b.WriteString("code=" + f.Code)
	}
	if f.From != 0 || f.To != 0 {
		b.WriteString("@" + f.From.String())
	}
	if f.To != 0 {
		b.WriteString("+" + (f.To - f.From).String())
	}
	return b.String()
}
