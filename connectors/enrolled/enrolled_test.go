package enrolled_test

import (
	"testing"
	"time"

	"symbolon/connectors"
	"symbolon/connectors/connectortest"
)

// rig is one way to log in, for the suite that every connector passes.
func rig(t *testing.T, walk func(*world, *testing.T, connectors.Step) connectors.Input) *connectortest.Rig {
	w := newEnrolled(t)
	return &connectortest.Rig{
		Connector: w.Connector, Logs: w.logs,
		Attempt: func(handle string) connectors.Attempt {
			w.pass(time.Minute) // an app shows another code
			return w.attempt(handle)
		},
		Walk: func(t *testing.T, step connectors.Step) connectors.Input { return walk(w, t, step) },
		Pass: w.pass, Ageless: true, Replica: func() connectors.Connector { w.restart(1); return w.Connector },
		Private: func() []string {
			return append([]string{w.account.Name, pin, w.secret, w.memory.Number.Value.Reveal(), string(w.account.Handle[:])}, w.codes...)
		},
	}
}

func TestConnector_with_a_passkey(t *testing.T) {
	connectortest.Run(t, func(t *testing.T) *connectortest.Rig {
		return rig(t, func(w *world, t *testing.T, step connectors.Step) connectors.Input {
			return form("passkey", "credential", string(w.device.Get(t, []byte(shown(t, step).Options))))
		})
	})
}

func TestConnector_with_an_app_and_a_PIN(t *testing.T) {
	connectortest.Run(t, func(t *testing.T) *connectortest.Rig {
		return rig(t, func(w *world, t *testing.T, step connectors.Step) connectors.Input {
			return form("totp", "name", w.account.Name, "pin", pin, "code", w.code(), "turn", shown(t, step).Turn)
		})
	})
}

func TestConnector_with_a_paper_list(t *testing.T) {
	connectortest.Run(t, func(t *testing.T) *connectortest.Rig {
		next := 0
		return rig(t, func(w *world, t *testing.T, step connectors.Step) connectors.Input {
			next++
			return form("code", "name", w.account.Name, "code", w.paper[next-1], "turn", shown(t, step).Turn)
		})
	})
}
