package simulate

import (
	"math"
	"time"
)

// hours is how many people watch at each hour of the day by their own clocks,
// relatively to the mean of the day: the evening has eight times the viewers of
// the night.
var hours = [24]float64{
	0.75, 0.45, 0.28, 0.22, 0.20, 0.22, 0.35, 0.55, 0.70, 0.75, 0.80, 0.90,
	1.05, 1.05, 1.00, 1.00, 1.10, 1.30, 1.60, 1.95, 2.15, 2.15, 1.85, 1.63,
}

// weekend is by how much more is watched on Saturdays and Sundays, and weekday
// by how much less on other days, so that the mean of a week stays 1.
const (
	weekend = 1.25
	weekday = (7 - 2*weekend) / 5
)

// rhythm is how much is watched in a place at a time, relatively to its mean
// over a week.
func (p *place) rhythm(t time.Time) float64 {
	local := t.UTC().Add(time.Duration(p.offset) * time.Minute)
	hour, part := math.Modf(local.Sub(local.Truncate(24 * time.Hour)).Hours())
	i := int(hour)
	level := hours[i] + part*(hours[(i+1)%24]-hours[i])
	if d := local.Weekday(); d == time.Saturday || d == time.Sunday {
		return level * weekend
	}
	return level * weekday
}

// crowds are how many people want to watch in each place at a time, cumulated.
func crowds(t time.Time) []float64 {
	return cumulate(len(places), func(i int) float64 { return places[i].people * places[i].rhythm(t) })
}

// rhythm is how much is watched everywhere at a time, relatively to the mean
// over a week, without the live events.
func rhythm(t time.Time) float64 {
	c := crowds(t)
	return c[len(c)-1] / everybody
}

var everybody = func() (n float64) {
	for _, p := range places {
		n += p.people
	}
	return n
}()

// show is when a live event is on.
type show struct {
	title  *title
	days   []time.Weekday
	at     time.Duration // after midnight UTC
	length time.Duration
	crowd  float64 // how many people begin to watch, in hours of the mean of everything
}

var shows = []show{
	{findTitle("derby"), []time.Weekday{time.Wednesday, time.Saturday}, 19 * time.Hour, 110 * time.Minute, 4},
	{findTitle("gala"), []time.Weekday{time.Sunday}, 18*time.Hour + 30*time.Minute, 150 * time.Minute, 1.5},
	{findTitle("launch"), []time.Weekday{time.Tuesday}, 15 * time.Hour, 45 * time.Minute, 1},
}

// rushHalf is how fast people come to an event: a fall by half every so often.
const rushHalf = 4 * time.Minute

// next is when the show is on next: it began at most its length before t, or
// will begin.
func (s *show) next(t time.Time) time.Time {
	day := t.UTC().Truncate(24 * time.Hour).Add(-24 * time.Hour)
	for ; ; day = day.Add(24 * time.Hour) {
		start := day.Add(s.at)
		for _, d := range s.days {
			if d == day.Weekday() && start.Add(s.length).After(t) {
				return start
			}
		}
	}
}
