package journal

import (
	"encoding/json"
	"errors"
	"time"

	"symbolon/provider/seal"
)

// errBody says that bytes are not an entry in its canonical form.
var errBody = errors.New("journal: not the bytes of an entry")

// Entry reads what Recorder.Row wrote: from the bytes that the leaf is made of, not from the columns
// beside them. Numbers are int, lists []string, as they were written.
func (r Row) Entry() (Entry, error) {
	var body struct {
		Format int            `json:"v"`
		ID     string         `json:"id"`
		Kind   Kind           `json:"kind"`
		At     int64          `json:"at"`
		Who    string         `json:"who"`
		Party  string         `json:"party"`
		Ref    string         `json:"ref"`
		Fields map[string]any `json:"fields"`
	}
	if err := json.Unmarshal(r.Body, &body); err != nil || body.Format != format || body.ID != r.ID.String() {
		return Entry{}, errBody
	}
	for name, value := range body.Fields {
		switch v := value.(type) {
		case float64:
			body.Fields[name] = int(v)
		case []any:
			texts := make([]string, len(v))
			for i := range v {
				texts[i], _ = v[i].(string)
			}
			body.Fields[name] = texts
		}
	}
	return Entry{ID: r.ID, Kind: body.Kind, At: time.UnixMicro(body.At).UTC(), Who: body.Who, Party: body.Party, Ref: body.Ref, Fields: body.Fields}, nil
}

// Text gives a field that is a text, "" if there is none.
func (e Entry) Text(name string) string {
	text, _ := e.Fields[name].(string)
	return text
}

// Row gives the row id that a field names, the zero id if there is none.
func (e Entry) Row(name string) seal.RowID {
	id, _ := seal.ParseRowID(e.Text(name))
	return id
}
