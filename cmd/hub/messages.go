package hub

import (
	"context"
	"fmt"
	"time"

	"symbolon/connectors/identity"
	"symbolon/provider/login"
	"symbolon/provider/outbox"
	"symbolon/provider/subject"
)

// silent is the notifier of an installation without a gateway for messages.
type silent struct{}

// LoggedIn tells nobody.
func (silent) LoggedIn(context.Context, identity.Person, identity.Attributes, string, time.Time) error {
	return nil
}

// messages wires the outbox of messages to people, with a worker for each channel that there is a gateway for.
func (h *Hub) messages(matcher *subject.Matcher) (login.Notifier, error) {
	c := h.config.Messages
	deadline := c.Timeout + time.Second
	notices := outbox.Notices{
		Store: h.identity, Addresses: matcher, Vault: h.keys.sealing, Zone: h.config.Zone(),
		Handed: map[identity.AttributeName]chan<- outbox.Message{}, Deadline: deadline,
	}
	var wakes []chan struct{}
	for contact, gateway := range c.Gateways() {
		client, err := caller(gateway.URL, gateway.CAFile, c.Timeout, c.AllowLoopback, gateway.Token, h.now)
		if err != nil {
			return nil, fmt.Errorf("messages: %w", err)
		}
		channel, wake, handed := identity.AttributeName(contact), make(chan struct{}, 1), make(chan outbox.Message, 16)
		worker := outbox.Worker{
			Channel: channel, Store: h.identity, Addresses: matcher, Vault: h.keys.sealing, Sender: outbox.HTTPGateway{URL: gateway.URL, Client: client}, Texts: h.letter,
			Log: h.log, Wake: wake, Handed: handed, Deadline: deadline, Sent: h.metrics.message("sent"), Failed: h.metrics.message("failed"), GaveUp: h.metrics.message("given_up"),
		}
		h.runners = append(h.runners, worker.Run)
		notices.Carried, notices.Handed[channel], wakes = append(notices.Carried, channel), handed, append(wakes, wake)
	}
	if len(wakes) == 0 {
		return silent{}, nil
	}
	notices.Queued = func() {
		for _, wake := range wakes {
			select {
			case wake <- struct{}{}:
			default: // it is awake already
			}
		}
	}
	h.notices = &notices
	matcher.Tell = tell(notices, h.now)
	return notices, nil
}

// letter gives subject and body of a message in a language, or in one that it falls back to. One that sends people to
// the help line names its number at the end.
func (h *Hub) letter(lang, key string, args map[string]string) (subject, body string) {
	w := h.words.Words(h.words.Match(lang))
	subject = w.Text(key + ".subject")
	if host, wants := args["host"]; wants { // a notice that says where to stop what happened
		return subject, w.Text(key+".body", args["time"], host, args["ref"])
	}
	body = w.Text(key+".body", args["time"], args["ref"])
	if number := h.config.HelpLine; number != "" && args["ref"] != "" {
		body += " " + w.Text("help_line", number)
	}
	return subject, body
}
