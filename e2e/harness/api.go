package harness

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// Envelope is what every endpoint of the data API answers.
type Envelope[T any] struct {
	Data          T        `json:"data"`
	TotalRowCount *int64   `json:"total_row_count"`
	Timeframe     [2]int64 `json:"timeframe"`
}

// Get reads a path below the API's base URL with the server's token. Any
// answer but 200 is an error.
func Get[T any](s *Server, path string, query url.Values) (Envelope[T], error) {
	var e Envelope[T]
	status, body, err := s.Ask(path, query)
	switch {
	case err != nil:
		return e, err
	case status != http.StatusOK:
		return e, fmt.Errorf("%s?%s: status %d: %s", path, query.Encode(), status, body)
	}
	if err := json.Unmarshal(body, &e); err != nil {
		return e, fmt.Errorf("%s?%s: %w in %s", path, query.Encode(), err, body)
	}
	return e, nil
}

// Ask reads a path below the API's base URL with the server's token, whatever
// the answer is.
func (s *Server) Ask(path string, query url.Values) (status int, body []byte, err error) {
	return ask(s.API+path+"?"+query.Encode(), s.Token)
}

// AskOperations reads a path of those that operators use, without a token,
// whatever the answer is.
func (s *Server) AskOperations(path string) (status int, body []byte, err error) {
	return ask(s.API+path, "")
}

// Metric reads a figure of /metrics, by its name with its labels, as it is
// written there.
func (s *Server) Metric(name string) (float64, error) {
	status, body, err := s.AskOperations("/metrics")
	switch {
	case err != nil:
		return 0, err
	case status != http.StatusOK:
		return 0, fmt.Errorf("/metrics: status %d: %s", status, body)
	}
	for line := range strings.Lines(string(body)) {
		if value, found := strings.CutPrefix(line, name+" "); found {
			return strconv.ParseFloat(strings.TrimSpace(value), 64)
		}
	}
	return 0, fmt.Errorf("/metrics has no %s", name)
}

// ask reads a URL with a token, ID:SECRET, or with none.
func ask(target, token string) (status int, body []byte, err error) {
	req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, target, nil)
	if err != nil {
		return 0, nil, err
	}
	if id, secret, ok := strings.Cut(token, ":"); ok {
		req.SetBasicAuth(id, secret)
	}
	res, err := client.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer res.Body.Close()
	body, err = io.ReadAll(res.Body)
	return res.StatusCode, body, err
}

// Row is a row of the list of views, as far as the outer tests look at it.
type Row struct {
	ID string `json:"id"`
}

// FindView returns the view that the player's SDK calls by the given id. It is
// an error when there is none, or more than one.
func FindView(s *Server, sdkID string) (View, error) {
	list, err := Get[[]Row](s, "/data/v1/video-views", url.Values{"view_id": {sdkID}})
	if err != nil {
		return nil, err
	}
	if len(list.Data) != 1 {
		return nil, fmt.Errorf("%d views in the list with view_id=%s; want 1", len(list.Data), sdkID)
	}
	one, err := Get[View](s, "/data/v1/video-views/"+list.Data[0].ID, nil)
	return one.Data, err
}

// View is a view as the API shows it.
type View map[string]any

// Number returns a member that is a number, or a string that holds a decimal
// (the API has both). ok is false when it is null.
func (v View) Number(key string) (n float64, ok bool, err error) {
	value, present := v[key]
	if !present {
		return 0, false, fmt.Errorf("the view has no member %s", key)
	}
	switch x := value.(type) {
	case nil:
		return 0, false, nil
	case float64:
		return x, true, nil
	case string:
		n, err := strconv.ParseFloat(x, 64)
		return n, err == nil, err
	}
	return 0, false, fmt.Errorf("%s is %v, of type %T; want a number", key, value, value)
}
