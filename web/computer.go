package web

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"
	"time"

	"symbolon/provider/login"
	"symbolon/provider/staff"
)

// computerName is the cookie that says which registered computer a browser has just proved to be. It is worth
// something beside the session that it was made for alone.
const computerName = "__Host-computer"

// How long a proof counts, when a page that is opened asks for another one, and how old what was signed may be.
const (
	computerAge   = time.Hour
	computerAgain = 30 * time.Minute
	computerSaid  = 2 * time.Minute
)

// challenge is what a computer signs: a moment, bound to the session and to what it is for.
func (p *pages) challenge(v *visit, act string) string {
	at := strconv.FormatInt(p.Now().Unix(), 10)
	return at + "." + p.Forms.FormToken(p.sessionSecret(doorCookie(v)), "computer "+act+" "+at)
}

// moment gives when a challenge, or a proof, of this session was made; false if it is none or older than that.
// Clocks of replicas may differ a little.
func (p *pages) moment(v *visit, act, at, token string, most time.Duration) (time.Time, bool) {
	seconds, err := strconv.ParseInt(at, 10, 64)
	made := time.Unix(seconds, 0)
	age := p.Now().Sub(made)
	if err != nil || age < -computerSaid || age > most || !p.Forms.CheckForm(p.sessionSecret(doorCookie(v)), "computer "+act+" "+at, token) {
		return time.Time{}, false
	}
	return made, true
}

// signedBy gives the thumb of the key that signed the challenge of a form.
func (p *pages) signedBy(v *visit, act string) ([32]byte, bool) {
	form := v.r.PostForm
	said := form.Get("challenge")
	at, token, _ := strings.Cut(said, ".")
	point, wrong := base64.RawURLEncoding.DecodeString(form.Get("key"))
	signature, bad := base64.RawURLEncoding.DecodeString(form.Get("proof"))
	if _, fresh := p.moment(v, act, at, token, computerSaid); !fresh || wrong != nil || bad != nil {
		return [32]byte{}, false
	}
	return staff.Computer(point, act+"\n"+said, signature)
}

// certificate gives the thumb of what the computer showed in its handshake, or to the proxy in front.
func (p *pages) certificate(v *visit) ([32]byte, bool) {
	if !p.Certified {
		return [32]byte{}, false
	}
	certificates := shown(v.r)
	if now := p.Now(); len(certificates) == 0 || now.Before(certificates[0].NotBefore) || now.After(certificates[0].NotAfter) {
		return [32]byte{}, false
	}
	return sha256.Sum256(certificates[0].Raw), true
}

// keyed gives the thumb that the browser proved to have a key of, and when.
func (p *pages) keyed(v *visit) ([32]byte, time.Time, bool) {
	parts := strings.Split(soleCookie(v.r, computerName), ".")
	if len(parts) != 3 {
		return [32]byte{}, time.Time{}, false
	}
	raw, err := hex.DecodeString(parts[1])
	made, fresh := p.moment(v, "proved "+parts[1], parts[0], parts[2], computerAge)
	if err != nil || len(raw) != 32 || !fresh {
		return [32]byte{}, time.Time{}, false
	}
	return [32]byte(raw), made, true
}

// computerKeys are the keys by which the computer of a request is known.
func (p *pages) computerKeys(v *visit) [][32]byte {
	var all [][32]byte
	if thumb, has := p.certificate(v); has {
		all = append(all, thumb)
	}
	if thumb, _, has := p.keyed(v); has {
		all = append(all, thumb)
	}
	return all
}

// provesAgain reports whether a page that is opened should ask the computer once more before what it proved is
// too old for the form on it.
func (p *pages) provesAgain(v *visit) bool {
	_, made, has := p.keyed(v)
	return has && v.r.Method == http.MethodGet && strings.Contains(v.r.Header.Get("Accept"), "text/html") && p.Now().Sub(made) > computerAgain
}

// proof is the page on which a computer proves which one it is: its script signs the challenge and sends the
// form. Without a script, or without a key, it says what to do.
type proof struct{ Challenge, To string }

func (p *pages) asksForComputer(v *visit, status int) {
	to := "/"
	if v.r.Method == http.MethodGet && login.IsPath(v.r.URL.Path) && v.r.URL.Path != "/computer" {
		to = v.r.URL.Path
	}
	s := p.screen(v, proof{p.challenge(v, "prove"), to})
	s.runs(v, "heldkey.js", "computer.js")
	p.render(v, status, "desk_computer", s)
}

// computer asks the computer which one it is, whoever is at it.
func (p *pages) computer(v *visit) error {
	p.asksForComputer(v, http.StatusOK)
	return nil
}

// proveComputer takes the answer in. Whether the computer is registered, and where, the guards of pages ask.
func (p *pages) proveComputer(v *visit) error {
	thumb, is := p.signedBy(v, "prove")
	if !is {
		return errNotAtDesk
	}
	at, id := strconv.FormatInt(p.Now().Unix(), 10), hex.EncodeToString(thumb[:])
	token := p.Forms.FormToken(p.sessionSecret(doorCookie(v)), "computer proved "+id+" "+at)
	putCookie(v.w, computerName, at+"."+id+"."+token, int(computerAge/time.Second))
	if to := v.r.PostForm.Get("to"); login.IsPath(to) {
		return seeOther(v, to)
	}
	return seeOther(v, "/")
}
