package simulate

import (
	"math/rand/v2"
	"strconv"
)

// viewer is a person with a device on a network.
type viewer struct {
	*device
	*network
	place   *place
	release string // of the customer's player

	address string
	id      string // that the SDK made for the device
	userID  string // the customer's; "" of those who have not logged in
	plan    string
}

// defaultPeople is how many there are; each of them watches now and then.
const defaultPeople = 20_000

// person makes one of the people who live in a place: always the same by the
// seed of the world and the number. Most of them watch mostly on one device;
// rng decides about this time.
func (w *World) person(place int, rng *rand.Rand) viewer {
	p := &places[place]
	people := float64(w.people()) * p.people / everybody
	number := uint64(rng.Float64() * max(1, people))
	self := rand.New(rand.NewPCG(w.Seed^0x5bd1e995, uint64(place)<<40|number)) //nolint:gosec // places are few
	v := viewer{place: p, network: drawNetwork(self, p)}
	first, second := drawDevice(self), drawDevice(self)
	firstID, secondID := newID(self), newID(self)
	v.device, v.id = first, firstID
	if second != first && rng.Float64() < 0.25 {
		v.device, v.id = second, secondID
	}
	v.release = drawRelease(self, v.device)
	v.address = v.prefix[:len(v.prefix)-len("0.0/16")] + strconv.Itoa(self.IntN(256)) + "." + strconv.Itoa(1+self.IntN(254))
	if self.Float64() < 0.4 {
		v.userID = "user-" + strconv.FormatUint(self.Uint64N(1<<40), 36)
		v.plan = "free"
		if self.Float64() < 0.3 {
			v.plan = "premium"
		}
	}
	return v
}

func (w *World) people() int {
	if w.People == 0 {
		return defaultPeople
	}
	return w.People
}

func drawNetwork(rng *rand.Rand, p *place) *network {
	left := 0.0
	for i := range p.networks {
		left += p.networks[i].share
	}
	left *= rng.Float64()
	for i := range p.networks {
		if left -= p.networks[i].share; left < 0 {
			return &p.networks[i]
		}
	}
	return &p.networks[0]
}

var deviceWeights = cumulate(len(devices), func(i int) float64 { return devices[i].weight })

func drawDevice(rng *rand.Rand) *device { return &devices[draw(rng, deviceWeights)] }

func drawRelease(rng *rand.Rand, d *device) string {
	left := rng.Float64()
	for _, r := range d.releases {
		if left -= r.weight; left < 0 {
			return r.version
		}
	}
	return d.releases[0].version
}

// newID makes an id like those of the SDKs: a UUID of version 4.
func newID(rng *rand.Rand) string {
	const hex = "0123456789abcdef"
	var id [36]byte
	bits := [2]uint64{rng.Uint64(), rng.Uint64()}
	for i, n := 0, 0; i < len(id); i++ {
		switch i {
		case 8, 13, 18, 23:
			id[i] = '-'
			continue
		}
		id[i] = hex[bits[n/16]>>(n%16*4)&15]
		n++
	}
	id[14], id[19] = '4', hex[8|bits[1]&3]
	return string(id[:])
}
