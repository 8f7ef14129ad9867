package api

// Setting is a setting of the server, for people.
type Setting struct {
	Name, Variable string // of the flag and in the settings file; in the environment
	Group          string // what it is about
	Help           string
	Type           string // text, number, duration, bytes or list
	Value, Default string // as they are written; of a secret empty
	Set            bool   // whether it has another value than by default
	Secret         bool
}

// settingRow is a setting.
type settingRow struct {
	Name     string  `json:"name" doc:"the flag without its dashes, also in the settings file"`
	Variable string  `json:"variable" doc:"its name in the environment"`
	Group    string  `json:"group" doc:"what it is about, for people"`
	Help     string  `json:"help" doc:"what it does"`
	Type     string  `json:"type" enum:"text,number,duration,bytes,list" doc:"what values it has"`
	Value    *string `json:"value" doc:"as it would be written; null of a secret, and passwords in URLs are left out"`
	Default  string  `json:"default" doc:"the value unless something else is said"`
	Set      bool    `json:"set" doc:"whether the value is another one"`
	Secret   bool    `json:"secret" doc:"whether it is a secret, which is not shown"`
}

func (s *server) settings(c *call) (any, error) {
	data := make([]settingRow, len(s.Settings))
	for i, o := range s.Settings {
		data[i] = settingRow{
			Name: o.Name, Variable: o.Variable, Group: o.Group, Help: o.Help, Type: o.Type, Value: &o.Value, Default: o.Default, Set: o.Set, Secret: o.Secret,
		}
		if o.Secret {
			data[i].Value = nil
		}
	}
	return envelope{Data: data, Total: rows(len(data)), Timeframe: lastDay(c.query.Now)}, nil
}
