package login

import (
	"encoding/json"
	"fmt"
	"net/url"
	"time"

	"symbolon/connectors"
	"symbolon/connectors/identity"
)

// Leg is one try at one means. What the browser is to do now is exactly one of Target, View and
// After.
type Leg struct {
	Means  identity.Means   `json:"means"`
	Choice string           `json:"choice,omitempty"`
	Handle string           `json:"handle"`           // the state that must come back
	Began  time.Time        `json:"began"`            // ten minutes from here
	Target string           `json:"target,omitempty"` // to go elsewhere
	Fields url.Values       `json:"fields,omitempty"` // to be posted there; nil: it is just opened
	View   string           `json:"view,omitempty"`   // to show a page of the connector's own
	Script string           `json:"script,omitempty"` // the static file that the page may run
	Guest  string           `json:"guest,omitempty"`  // the simulator that the page may show
	Data   json.RawMessage  `json:"data,omitempty"`   // what the page shows
	After  time.Duration    `json:"after,omitempty"`  // to come again after a while
	State  connectors.State `json:"state"`
}

// do takes over what a connector wants done with the browser. False for a step that leads nowhere.
func (leg *Leg) do(step connectors.Step, state connectors.State) (bool, error) {
	next := Leg{Means: leg.Means, Choice: leg.Choice, Handle: leg.Handle, Began: leg.Began, State: state}
	switch step := step.(type) {
	case connectors.Redirect:
		next.Target = step.URL
	case connectors.PostForm:
		next.Target, next.Fields = step.URL, step.Fields
		if next.Fields == nil {
			next.Fields = url.Values{}
		}
	case connectors.Page:
		data, err := json.Marshal(step.Data)
		if err != nil {
			return false, fmt.Errorf("page of %s: its data do not marshal", leg.Means) // the cause could hold values
		}
		next.View, next.Script, next.Guest, next.Data = step.View, step.Script, step.Guest, data
	case connectors.Wait:
		next.After = max(step.After, time.Second)
	default:
		return false, nil
	}
	*leg = next
	return true, nil
}
