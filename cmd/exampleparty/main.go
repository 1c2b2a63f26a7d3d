// Command exampleparty is the smallest relying party: it logs people in at an OpenID provider
// and shows what it was told. Copy the package party beside it, and write your own pages.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"

	"symbolon/cmd/exampleparty/party"
)

const page = `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Example party</title><style>body{overflow-wrap:anywhere}</style><h1>Example party</h1>
{{with .Error}}<p>It did not work: <code id="error-code">{{.}}</code></p>{{end}}
{{with .Session}}<p id="logged-in">You are <code id="sub">{{.Subject}}</code>, level <code id="acr">{{.ACR}}</code> by {{.AMR}}.</p>
<dl id="claims">{{range $name, $value := .Claims}}<dt>{{$name}}</dt><dd dir="auto">{{$value}}</dd>{{end}}</dl>
<form method="post" action="/logout"><button id="log-out">Log out</button></form>
{{else}}<p><a id="log-in" href="/login">Log in</a></p>{{end}}`

func main() {
	if err := run(os.Args[1:]); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "exampleparty:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	var set party.Settings
	ask := party.Ask{Claims: map[string]party.Want{}}
	flags := flag.NewFlagSet("exampleparty", flag.ContinueOnError)
	listen := flags.String("listen", "127.0.0.1:9120", "address to listen on")
	flags.StringVar(&set.Issuer, "issuer", "http://localhost:8080", "the provider")
	flags.StringVar(&set.ClientID, "client-id", "", "as registered there")
	secret := flags.String("secret-file", "", "file with the client secret (client_secret_basic)")
	key := flags.String("key-file", "", "file with a private ES256 JWK (private_key_jwt); neither of the two: public client")
	scopes := flags.String("scope", "profile", "scopes beside openid")
	flags.StringVar(&ask.ACR, "acr", "", "level wanted")
	flags.BoolVar(&ask.Essential, "acr-essential", false, "no answer is better than a lower level")
	flags.Func("claim", "NAME=PURPOSE, a claim and what it is for; may be given several times", func(s string) error {
		name, purpose, _ := strings.Cut(s, "=")
		ask.Claims[name] = party.Want{Purpose: purpose}
		return nil
	})
	if err := flags.Parse(args); err != nil {
		return err
	}
	if set.ClientID == "" {
		return errors.New("--client-id must be set: what the provider's operator registered")
	}
	set.Cookie, ask.Scopes = "exampleparty", strings.Fields(*scopes)
	set.RedirectURI, set.AfterLogout = "http://"+*listen+"/callback", "http://"+*listen+"/"
	if err := credentials(&set, *secret, *key); err != nil {
		return err
	}
	fmt.Printf("http://%s, to be registered with redirect_uri %s\n", *listen, set.RedirectURI)
	server := &http.Server{Addr: *listen, Handler: routes(party.New(set), ask), ReadHeaderTimeout: 5 * time.Second}
	return server.ListenAndServe()
}

func credentials(set *party.Settings, secretFile, keyFile string) error {
	if secretFile != "" {
		raw, err := os.ReadFile(secretFile)
		if err != nil {
			return fmt.Errorf("read the client secret: %w", err)
		}
		set.Secret = strings.TrimSpace(string(raw))
	}
	if keyFile != "" {
		raw, err := os.ReadFile(keyFile)
		if err != nil {
			return fmt.Errorf("read the client's key: %w", err)
		}
		set.Key = new(jose.JSONWebKey)
		if err := json.Unmarshal(raw, set.Key); err != nil {
			return fmt.Errorf("read the client's key: %w", err)
		}
	}
	return nil
}

func routes(p *party.Party, ask party.Ask) http.Handler {
	home := template.Must(template.New("home").Parse(page))
	show := func(w http.ResponseWriter, r *http.Request, err error) {
		data := struct {
			Error   string
			Session *party.Session
		}{Error: code(err)}
		if s, ok := p.Current(r); ok && err == nil {
			data.Session = &s
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		if err := home.Execute(w, data); err != nil {
			slog.Error("show the page", "error", err)
		}
	}
	act := func(do func(http.ResponseWriter, *http.Request) error) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			if err := do(w, r); err != nil {
				show(w, r, err)
			}
		}
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) { show(w, r, nil) })
	mux.HandleFunc("GET /login", act(func(w http.ResponseWriter, r *http.Request) error { return p.Begin(w, r, ask) }))
	mux.HandleFunc("GET /callback", act(func(w http.ResponseWriter, r *http.Request) error {
		if err := p.Callback(w, r); err != nil {
			return err
		}
		http.Redirect(w, r, "/", http.StatusSeeOther) // so that a reload does not send the code again
		return nil
	}))
	mux.HandleFunc("POST /logout", act(p.Logout))
	return http.NewCrossOriginProtection().Handler(mux)
}

// code is all that people see of an error; the rest is for the log.
func code(err error) string {
	if err == nil {
		return ""
	}
	slog.Warn("login", "error", err, "cause", errors.Unwrap(err))
	if refused, ok := errors.AsType[*party.Refused](err); ok {
		return refused.Code
	}
	return "unavailable"
}
