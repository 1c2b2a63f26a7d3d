package specimen

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
)

// Handler answers as responder at /ocsp and gives the revocation list at /crl. change may spoil answers;
// nil changes nothing.
func (a *Authority) Handler(change func(*Answer)) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /ocsp", func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(io.LimitReader(r.Body, 1<<16))
		if err != nil {
			return // the caller has gone
		}
		answer, err := a.Respond(body, change)
		if err != nil {
			http.Error(w, "not an OCSP request", http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", "application/ocsp-response")
		_, _ = w.Write(answer)
	})
	mux.HandleFunc("GET /crl", func(w http.ResponseWriter, _ *http.Request) {
		list, err := a.List(nil, Pair{})
		if err != nil {
			http.Error(w, "no list", http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/pkix-crl")
		_, _ = w.Write(list)
	})
	return mux
}

// Write writes the certificates of the issuing authority and of the root, as a profile names them.
func (a *Authority) Write(dir string) (issuing, root string, err error) {
	issuing, root = filepath.Join(dir, "eid-issuing.pem"), filepath.Join(dir, "eid-root.pem")
	for file, p := range map[string]Pair{issuing: a.Issuing, root: a.Root} {
		if err := os.WriteFile(file, p.PEM(), 0o644); err != nil { //nolint:gosec // certificates are public
			return "", "", fmt.Errorf("write an authority's certificate: %w", err)
		}
	}
	return issuing, root, nil
}
