package app

import (
	"fmt"
	"net/url"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"time"
	"unicode"

	"playhead/internal/api"
)

// Settings describes all settings, in their order in [Config], and their values.
func (c *Config) Settings() []api.Setting {
	values, group := reflect.ValueOf(*c), ""
	list := make([]api.Setting, values.NumField())
	for i := range list {
		field := values.Type().Field(i)
		if about := field.Tag.Get("about"); about != "" {
			group = about
		}
		s := api.Setting{
			Name: settingName(field), Group: group, Help: field.Tag.Get("help"), Type: settingType(field),
			Value: settingText(values.Field(i)), Default: field.Tag.Get("default"), Secret: field.Tag.Get("secret") != "",
		}
		s.Variable = "PLAYHEAD_" + strings.ToUpper(strings.ReplaceAll(s.Name, "-", "_"))
		s.Default = asWritten(field.Type, s.Default)
		s.Set = s.Value != s.Default && s.Value != absolute(field, s.Default)
		if s.Secret {
			s.Value = ""
		}
		s.Value = withoutPassword(s.Value)
		list[i] = s
	}
	return list
}

// settingName is the name of a flag: DataDir is data-dir.
func settingName(field reflect.StructField) string {
	if name := field.Tag.Get("name"); name != "" {
		return name
	}
	letters := []rune(field.Name)
	var b strings.Builder
	for i, r := range letters {
		startsWord := unicode.IsUpper(r) && i > 0 && (!unicode.IsUpper(letters[i-1]) || i+1 < len(letters) && unicode.IsLower(letters[i+1]))
		if startsWord {
			b.WriteByte('-')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

// settingType is what values a setting has.
func settingType(field reflect.StructField) string {
	switch {
	case field.Tag.Get("unit") == "bytes":
		return "bytes"
	case field.Type == reflect.TypeFor[time.Duration]():
		return "duration"
	case field.Type.Kind() == reflect.Slice:
		return "list"
	case field.Type.Kind() == reflect.String:
		return "text"
	}
	return "number"
}

// settingText writes a value as in the environment.
func settingText(v reflect.Value) string {
	switch value := v.Interface().(type) {
	case time.Duration:
		return durationText(value)
	case float64:
		return strconv.FormatFloat(value, 'g', -1, 64)
	}
	if v.Kind() != reflect.Slice {
		return fmt.Sprint(v.Interface())
	}
	words := make([]string, v.Len())
	for i := range words {
		words[i] = fmt.Sprint(v.Index(i).Interface())
	}
	return strings.Join(words, ",")
}

// durationText writes a duration without the parts that are 0: 168h, 1h30m.
func durationText(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// absolute is the path that the default of a folder or file stands for.
func absolute(field reflect.StructField, text string) string {
	path, err := filepath.Abs(text)
	if field.Tag.Get("type") != "path" || text == "" || err != nil {
		return text
	}
	return path
}

// asWritten is a default as [settingText] would write it.
func asWritten(t reflect.Type, text string) string {
	if t == reflect.TypeFor[time.Duration]() {
		if d, err := time.ParseDuration(text); err == nil {
			return durationText(d)
		}
	}
	if t.Kind() == reflect.Float64 {
		if f, err := strconv.ParseFloat(text, 64); err == nil {
			return strconv.FormatFloat(f, 'g', -1, 64)
		}
	}
	return text
}

// withoutPassword is a text without the password, if it is a URL that has one.
func withoutPassword(text string) string {
	u, err := url.Parse(text)
	if err != nil || u.User == nil {
		return text
	}
	return u.Redacted()
}
