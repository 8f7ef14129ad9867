package meta

import (
	"net"
	"net/url"
	"strconv"
	"strings"

	"playhead/internal/fault"
)

// CheckURL checks a URL that something is to be sent to. A fault names the member
// that it was written in, and does not repeat it: its parts may be secret.
func CheckURL(member, target string) error {
	if len(target) > maxTarget {
		return fault.Badf(member, "the URL has more than %d bytes", maxTarget)
	}
	if strings.ContainsFunc(target, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return fault.Badf(member, "want a URL of printable ASCII characters without spaces")
	}
	u, err := url.Parse(target)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "" || u.Opaque != "" {
		return fault.Badf(member, "want a URL as https://example.com/path")
	}
	if u.Port() != "" && !validPort(u.Port()) {
		return fault.Badf(member, "want a port from 1 to 65535")
	}
	if u.Fragment != "" || strings.Contains(target, "#") {
		return fault.Badf(member, "want a URL without a fragment (#…): it is not sent")
	}
	return nil
}

func validPort(text string) bool {
	port, err := strconv.Atoi(text)
	return err == nil && port >= 1 && port <= 65535
}

// MaskURL is a URL as it may be shown: without what makes that whoever reads it
// can send to it too.
func MaskURL(target string) string {
	u, err := url.Parse(target)
	if err != nil || u.Host == "" {
		return "…"
	}
	masked := u.Scheme + "://"
	if u.User != nil {
		masked += "…@"
	}
	masked += u.Host + u.EscapedPath()
	if u.RawQuery != "" {
		masked += "?…"
	}
	return masked
}

// Of brokers: how many a stream may name, and how long the name of a topic may be.
const (
	maxBrokers = 20
	maxTopic   = 249
)

// Brokers are the addresses in the target of a stream to Kafka.
func Brokers(target string) (list []string) {
	for text := range strings.SplitSeq(target, ",") {
		if text = strings.TrimSpace(text); text != "" {
			list = append(list, text)
		}
	}
	return list
}

// checkBrokers checks addresses of brokers.
func checkBrokers(target string) error {
	list := Brokers(target)
	if len(list) < 1 || len(list) > maxBrokers {
		return fault.Badf("target", "there are %d addresses of brokers: want 1 to %d, separated by commas", len(list), maxBrokers)
	}
	for _, text := range list {
		host, port, err := net.SplitHostPort(text)
		if err != nil || host == "" || !validPort(port) || strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' || r == '/' || r == '@' }) {
			return fault.Badf("target", "%s is no address of a broker: want one as kafka.example.com:9092", fault.Quote(text))
		}
	}
	return nil
}

// checkTopic checks the name of a topic by the rules of Kafka.
func checkTopic(topic string) error {
	legal := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '.' || r == '_' || r == '-'
	}
	if topic == "" || len(topic) > maxTopic || topic == "." || topic == ".." || strings.ContainsFunc(topic, func(r rune) bool { return !legal(r) }) {
		return fault.Badf("topic", "%s is no name of a topic: want 1 to %d letters, digits, dots, underscores and hyphens", fault.Quote(topic), maxTopic)
	}
	return nil
}
