package email

import (
	"errors"
	"net/textproto"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// mostUnfinished is how many deliveries are remembered of which some addresses
// still wait. If there are more, all are forgotten: some people then get a
// message twice, with the same Message-ID.
const mostUnfinished = 1000

// accepted remembers for which addresses the server has taken a message that is
// not delivered to all of them yet.
type accepted struct {
	mu   sync.Mutex
	byID map[string][]string
}

// without is those of some addresses that a message has not been taken for.
func (a *accepted) without(id string, addresses []string) (list []string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, address := range addresses {
		if !slices.Contains(a.byID[id], address) {
			list = append(list, address)
		}
	}
	return list
}

func (a *accepted) add(id, address string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.byID == nil || len(a.byID) >= mostUnfinished {
		a.byID = map[string][]string{}
	}
	a.byID[id] = append(a.byID[id], address)
}

func (a *accepted) forget(id string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.byID, id)
}

// reply is what the server said in an error, in one line and without a password.
func reply(err error, password string) string {
	text := err.Error()
	if said := answer.FindStringSubmatch(text); said != nil {
		text = said[1]
		if words, err := strconv.Unquote(said[2]); err == nil {
			text += " " + words
		}
	}
	if password != "" {
		text = strings.ReplaceAll(text, password, "…")
	}
	return strings.Join(strings.Fields(text), " ")
}

// answer is how the answer of a server is part of the text of an error.
var answer = regexp.MustCompile(`\b([45]\d\d) ("(?:[^"\\]|\\.)*")`)

// statusOf is the code of the server's answer in an error; 0 if there is none.
func statusOf(err error) int {
	if said, ok := errors.AsType[*textproto.Error](err); ok {
		return said.Code
	}
	return 0
}
