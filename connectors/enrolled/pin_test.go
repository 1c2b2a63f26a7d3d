package enrolled

import "testing"

func TestWeakPINs(t *testing.T) {
	t.Parallel()
	for _, pin := range []string{
		"", "1234", "123456", "987654", "890123", "111111", "121212", "123123", "1234567890123",
		"19560324", "24031956", "03241956", "560324", "240356", "032456", "562403", "290200", "01012099", // days
	} {
		if !weak(pin) {
			t.Errorf("%q is let through", pin)
		}
	}
	for _, pin := range []string{"194638", "731946", "300299", "563256", "24031856", "24032156", "2403567", "7240356", "240356240357"} {
		if weak(pin) {
			t.Errorf("%q is not", pin)
		}
	}
}
