package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"symbolon/cmd/demo/sim"
	"symbolon/cmd/hub"
	"symbolon/config"
)

// demo is everything that runs: the hub and the country around it.
type demo struct {
	hub         *hub.Hub
	country     *sim.Country
	authority   *authority // nil without --tls
	logFile     *os.File
	logger      *slog.Logger
	dir         string
	issuer      string
	admin       string
	config, log string
	further     []client // of --parties

	public, adminListener net.Listener
}

// cardFiles is the folder, in the data folder, with everybody's cards for a browser's own store.
const cardFiles = "cards"

// adminOffset is how far from the base port the hub's health and metrics are.
const adminOffset = 90

// start puts everything together. What was started is stopped again if the rest cannot be.
func start(ctx context.Context, o options, dir string) (*demo, error) {
	dir, err := filepath.Abs(dir) // config.yaml is read from anywhere
	if err != nil {
		return nil, fmt.Errorf("find the data folder: %w", err)
	}
	d := &demo{dir: dir, config: filepath.Join(dir, "config.yaml"), log: filepath.Join(dir, "hub.log")}
	for _, step := range []func(context.Context, options) error{d.listen, d.openLog, d.populate, d.settle, d.wire, d.employ} {
		if err := step(ctx, o); err != nil {
			return nil, errors.Join(err, d.stop())
		}
	}
	return d, nil
}

// listen opens the hub's two listeners: everything else needs its address.
func (d *demo) listen(_ context.Context, o options) error {
	scheme := "http"
	if o.tls {
		scheme = "https"
		var err error
		if d.authority, err = newAuthority(d.dir, time.Now()); err != nil {
			return err
		}
	}
	var err error
	if d.public, err = net.Listen("tcp", o.listen); err != nil {
		return taken("the hub", o.listen, "--listen HOST:PORT", err)
	}
	admin := "127.0.0.1:0"
	if o.ports > 0 {
		admin = net.JoinHostPort("127.0.0.1", strconv.Itoa(o.ports+adminOffset))
	}
	if d.adminListener, err = net.Listen("tcp", admin); err != nil {
		return taken("the hub's health page", admin, "--ports BASE", err)
	}
	host, _, _ := net.SplitHostPort(o.listen) // checked with the flags
	_, port, err := net.SplitHostPort(d.public.Addr().String())
	if err != nil {
		return fmt.Errorf("read the hub's port: %w", err)
	}
	d.issuer = scheme + "://" + net.JoinHostPort(host, port)
	d.admin = "http://" + d.adminListener.Addr().String()
	return nil
}

// taken says which address is in use and what to do about it.
func taken(what, address, flag string, err error) error {
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("%s cannot listen on %s: another program is there; stop it, or choose another with %s", what, address, flag)
	}
	return fmt.Errorf("%s: %w", what, err)
}

// openLog opens the one log of hub and services, out of the way of the table.
func (d *demo) openLog(context.Context, options) error {
	var err error
	if d.logFile, err = os.OpenFile(d.log, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600); err != nil {
		return fmt.Errorf("open the log: %w", err)
	}
	d.logger = hub.NewLog(d.logFile, config.Log{Level: "info", Format: "text"})
	return nil
}

// populate starts the country around the hub.
func (d *demo) populate(_ context.Context, o options) error {
	secrets, err := folderOf(d.dir, "secrets")
	if err != nil {
		return err
	}
	country := sim.Options{
		Issuer: d.issuer, Dir: secrets, Base: o.ports, Log: d.logger,
		Callback: func(means string) string { return d.issuer + "/callback/" + means },
	}
	if d.authority != nil {
		country.TLS = d.authority.serving()
		country.HTTP = &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{TLSClientConfig: d.authority.calling()}}
	}
	d.country, err = sim.Start(country)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return fmt.Errorf("%w; stop the program that is there, or choose others with --ports BASE", err)
	case err != nil:
		return err
	}
	return d.country.EID.Files(filepath.Join(d.dir, cardFiles))
}

// settle writes the hub's settings and its parties into the data folder.
func (d *demo) settle(_ context.Context, o options) error {
	keys, err := folderOf(d.dir, "keys")
	if err != nil {
		return err
	}
	own, err := d.country.Parties()
	if err != nil {
		return err
	}
	partiesFile := filepath.Join(d.dir, "parties.yaml")
	if d.further, err = mergeParties(partiesFile, own, o.parties); err != nil {
		return err
	}
	at := d.country.Addresses
	s := settings{
		Issuer: d.issuer, Public: d.public.Addr().String(), Admin: d.adminListener.Addr().String(), Keys: keys, Parties: partiesFile,
		IdentityFile: filepath.Join(d.dir, "identity.db"), UsageFile: filepath.Join(d.dir, "usage.db"),
		Profile: at.Profile, Banks: at.Banks, ClientID: sim.ClientID, ClientKey: d.country.HubKey,
		Registers: at.Registers, RegisterToken: d.country.RegisterToken, Inbox: at.Inbox + "/messages", InboxToken: d.country.InboxToken,
		EID: at.EID, EIDIssuing: d.country.EID.Issuing, EIDRoot: d.country.EID.Root,
		Students: at.Students, StudentToken: d.country.StudentToken, Families: at.Families, FamilyToken: d.country.FamilyToken,
		System: at.System, SystemKeys: d.country.SystemKeys, Office: demoOffice,
	}
	if u, err := url.Parse(d.issuer); err == nil {
		s.Named = net.ParseIP(u.Hostname()) == nil
	}
	if err := d.settleSAML(&s); err != nil {
		return err
	}
	if d.authority != nil {
		s.CertFile, s.KeyFile, s.CAFile = d.authority.certFile, d.authority.keyFile, d.authority.file
		s.CardCert, s.CardKey = d.authority.cardCertFile, d.authority.cardKeyFile
	}
	for name, dsn := range map[string]struct {
		given string
		file  *string
	}{"identity-dsn": {o.identityDSN, &s.IdentityDSN}, "usage-dsn": {o.usageDSN, &s.UsageDSN}} {
		if dsn.given == "" {
			continue
		}
		*dsn.file = filepath.Join(d.dir, "secrets", name) // a DSN may hold a password
		if err := os.WriteFile(*dsn.file, []byte(dsn.given+"\n"), 0o600); err != nil {
			return fmt.Errorf("write %s: %w", name, err)
		}
	}
	return writeConfig(d.config, s)
}

// settleSAML fills in what the hub and the SAML provider know of each other.
func (d *demo) settleSAML(s *settings) error {
	signer, err := d.country.SAML.MetadataCertificate()
	if err != nil {
		return fmt.Errorf("the SAML provider's certificate: %w", err)
	}
	pin := sha256.Sum256(signer)
	hub := d.country.HubSAML
	s.SAML, s.SAMLPin = d.country.Addresses.SAML, hex.EncodeToString(pin[:])
	s.NodeSign, s.NodeEnc, s.PlainSign = hub[sim.MeansNode+" sign"], hub[sim.MeansNode+" enc"], hub[sim.MeansPlain+" sign"]
	return nil
}

// wire makes the hub of the settings that were written, exactly as `symbolon serve` would.
func (d *demo) wire(ctx context.Context, _ options) error {
	c, err := config.Load(d.config, nil)
	if err != nil {
		return fmt.Errorf("the hub's settings: %w", err)
	}
	if err := makeKeys(c, d.dir); err != nil {
		return err
	}
	d.hub, err = hub.New(ctx, c, hub.Options{Log: d.logger, Public: d.public, Admin: d.adminListener})
	if err != nil {
		return fmt.Errorf("start the hub: %w", err)
	}
	return nil
}

// patience is how long requests under way at the simulators may take once the demo ends.
const patience = 2 * time.Second

// stop ends what the hub's own Run does not: the country, the log, listeners that nobody used.
func (d *demo) stop() error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	var errs []error
	if d.hub != nil {
		errs = append(errs, d.hub.Close())
	}
	if d.country != nil {
		errs = append(errs, d.country.Close(ctx))
	}
	for _, l := range []net.Listener{d.public, d.adminListener} {
		if l == nil {
			continue
		}
		if err := l.Close(); !errors.Is(err, net.ErrClosed) {
			errs = append(errs, err)
		}
	}
	if d.logFile != nil {
		errs = append(errs, d.logFile.Close())
	}
	return errors.Join(errs...)
}

// own gives one of our own hosts: a name that only means this machine, at the hub's port.
func (d *demo) own(host string) string {
	scheme, address, _ := strings.Cut(d.issuer, "://")
	_, port, _ := net.SplitHostPort(address) // the issuer was made of one
	return scheme + "://" + net.JoinHostPort(host+".localhost", port)
}
