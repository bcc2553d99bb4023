// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause

package main

import (
	"encoding/json"
	"fmt"
	"log"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/ice/v2"
	"github.com/pion/interceptor"
	"github.com/pion/webrtc/v3"
)

type peer struct {
	o        *options
	pc       *webrtc.PeerConnection
	mail     *mailbox
	mu       sync.Mutex
	report   peerReport
	written  []byte // the report, as it was last
	counters []*counter
	tracks   []*sentTrack
	early    []webrtc.ICECandidateInit

	sent, received int64
	held           int32 // nothing is sent but data
	described      chan struct{}
	describedAt    time.Time // once it is described
	connected      chan struct{}
	failed         chan struct{}
	done           chan struct{}
	onceConnected  sync.Once
	onceFailed     sync.Once
}

func newPeer(o *options, room string) (*peer, error) {
	p := &peer{
		o: o, mail: newMailbox(o, room), described: make(chan struct{}),
		connected: make(chan struct{}), failed: make(chan struct{}),
		done: make(chan struct{}),
	}
	p.report = peerReport{
		Room: room, Rtp: []stream{},
		LocalCands: []string{}, RemoteCands: []string{}, CandidateErrs: []string{},
	}
	api, err := newAPI(o)
	if err != nil {
		return nil, err
	}
	config := webrtc.Configuration{
		ICEServers: o.servers, BundlePolicy: webrtc.BundlePolicyMaxBundle,
	}
	if o.policy == "relay" {
		config.ICETransportPolicy = webrtc.ICETransportPolicyRelay
	}
	if p.pc, err = api.NewPeerConnection(config); err != nil {
		return nil, err
	}
	p.listen()
	return p, p.addMedia()
}

func newAPI(o *options) (*webrtc.API, error) {
	engine := &webrtc.MediaEngine{}
	if err := engine.RegisterDefaultCodecs(); err != nil {
		return nil, err
	}
	registry := &interceptor.Registry{}
	if err := webrtc.RegisterDefaultInterceptors(engine, registry); err != nil {
		return nil, err
	}
	s := webrtc.SettingEngine{}
	s.SetICEMulticastDNSMode(ice.MulticastDNSModeDisabled)
	// pion waits up to a second for something better before it nominates; here the first
	// answered pair is good.
	s.SetSrflxAcceptanceMinWait(0)
	s.SetPrflxAcceptanceMinWait(0)
	s.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeUDP4})
	if o.ipv6 {
		s.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeUDP6})
	}
	return webrtc.NewAPI(webrtc.WithMediaEngine(engine),
		webrtc.WithInterceptorRegistry(registry), webrtc.WithSettingEngine(s)), nil
}

func (p *peer) addMedia() error {
	for _, k := range mediaKinds {
		if p.o.wants(k.name) {
			if err := p.addTrack(k); err != nil {
				return err
			}
		}
	}
	if p.o.wants("data") && p.o.role == "offerer" {
		dc, err := p.pc.CreateDataChannel("lab", nil)
		if err != nil {
			return err
		}
		p.useChannel(dc)
	}
	return nil
}

func (p *peer) listen() {
	p.pc.OnTrack(p.onTrack)
	p.pc.OnDataChannel(p.useChannel)
	p.pc.OnICECandidate(p.onCandidate)
	p.pc.OnICEConnectionStateChange(func(s webrtc.ICEConnectionState) {
		t := now()
		p.mu.Lock()
		defer p.mu.Unlock()
		p.report.IceStates = append(p.report.IceStates, change{t, s.String()})
		if s == webrtc.ICEConnectionStateConnected && p.report.IceConnected == nil {
			p.report.IceConnected = &t
		}
	})
	p.pc.OnConnectionStateChange(func(s webrtc.PeerConnectionState) {
		t := now()
		p.mu.Lock()
		defer p.mu.Unlock()
		p.report.States = append(p.report.States, change{t, s.String()})
		switch s {
		case webrtc.PeerConnectionStateConnected:
			if p.report.Connected == nil {
				p.report.Connected = &t
			}
			p.onceConnected.Do(func() {
				close(p.connected)
				go p.tellConnected(t)
			})
		case webrtc.PeerConnectionStateFailed, webrtc.PeerConnectionStateClosed:
			p.onceFailed.Do(func() { close(p.failed) })
		}
	})
}

func (p *peer) tellConnected(t float64) {
	url := fmt.Sprintf("%s/reports/%s.connected", p.o.signal, filepath.Base(p.o.report))
	p.note(p.mail.post(url, t))
}

func (p *peer) onCandidate(c *webrtc.ICECandidate) {
	if c == nil {
		return
	}
	<-p.described // the other side gets the candidates after the description
	// The agent does nothing else until this returns.
	if wait := time.Until(p.describedAt.Add(p.o.late)); wait > 0 {
		time.AfterFunc(wait, func() { p.sendCandidate(c.ToJSON()) })
		return
	}
	p.sendCandidate(c.ToJSON())
}

func (p *peer) sendCandidate(init webrtc.ICECandidateInit) {
	p.mu.Lock()
	p.report.LocalCands = append(p.report.LocalCands, init.Candidate)
	p.mu.Unlock()
	if err := p.mail.send(message{Type: "candidate", Candidate: &init}); err != nil {
		log.Printf("%s: %v", p.report.Room, err)
	}
}

func (p *peer) run() {
	go p.mail.receive(p.done, p.onMessage)
	if p.o.role == "offerer" {
		offer, err := p.pc.CreateOffer(nil)
		p.describe(offer, err)
	}
	p.live()
	p.note(p.look())
	close(p.done)
	if err := p.pc.Close(); err != nil {
		log.Printf("%s: close: %v", p.report.Room, err)
	}
}

// Returns when the session was held long enough, failed, or never came to be.
func (p *peer) live() {
	giveUp := time.After(p.o.giveUp)
	select {
	case <-p.connected:
	case <-p.failed:
		return
	case <-giveUp:
		return
	}
	select {
	case <-time.After(p.o.hold):
	case <-p.o.hangUp:
	case <-p.failed:
	}
}

func (p *peer) waitConnected() bool {
	select {
	case <-p.connected:
		return true
	case <-p.done:
		return false
	}
}

func (p *peer) describe(d webrtc.SessionDescription, err error) {
	if err == nil {
		// An answer may come at once: the offer must be set before it is sent.
		if err = p.pc.SetLocalDescription(d); err == nil {
			err = p.mail.send(message{Type: d.Type.String(), SDP: d.SDP})
		}
	}
	p.note(err)
	p.describedAt = time.Now()
	close(p.described)
}

func (p *peer) onMessage(m message) {
	switch m.Type {
	case "do":
		p.note(p.act(m.Action))
	case "offer", "answer":
		kind := webrtc.NewSDPType(m.Type)
		p.note(p.pc.SetRemoteDescription(webrtc.SessionDescription{Type: kind, SDP: m.SDP}))
		for _, c := range p.early {
			p.note(p.pc.AddICECandidate(c))
		}
		p.early = nil
		if m.Type == "offer" {
			answer, err := p.pc.CreateAnswer(nil)
			p.describe(answer, err)
		}
	case "candidate":
		if m.Candidate == nil || m.Candidate.Candidate == "" {
			return
		}
		p.mu.Lock()
		p.report.RemoteCands = append(p.report.RemoteCands, m.Candidate.Candidate)
		p.mu.Unlock()
		if p.pc.RemoteDescription() == nil {
			p.early = append(p.early, *m.Candidate)
		} else {
			p.note(p.pc.AddICECandidate(*m.Candidate))
		}
	}
}

func (p *peer) note(err error) {
	if err == nil {
		return
	}
	log.Printf("%s: %v", p.report.Room, err)
	p.mu.Lock()
	p.report.CandidateErrs = append(p.report.CandidateErrs, err.Error())
	p.mu.Unlock()
}

// Brings the report up to date.
func (p *peer) look() (err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	r := &p.report
	r.Rtp = []stream{}
	r.FinalIce = p.pc.ICEConnectionState().String()
	r.Final = p.pc.ConnectionState().String()
	r.LocalUfrag = ufragOf(p.pc.LocalDescription())
	r.RemoteUfrag = ufragOf(p.pc.RemoteDescription())
	r.DataSent = int(atomic.LoadInt64(&p.sent))
	r.DataReceived = int(atomic.LoadInt64(&p.received))
	for _, c := range p.counters {
		packets := atomic.LoadUint64(&c.packets)
		r.Rtp = append(r.Rtp, stream{c.ssrc, c.kind, c.direction, packets})
	}
	if dtls := p.dtls(); dtls != nil {
		p.transport(dtls)
	}
	p.written, err = json.Marshal(r)
	return err
}

func (p *peer) dtls() *webrtc.DTLSTransport {
	for _, s := range p.pc.GetSenders() {
		if t := s.Transport(); t != nil {
			return t
		}
	}
	if sctp := p.pc.SCTP(); sctp != nil {
		return sctp.Transport()
	}
	return nil
}

func (p *peer) transport(dtls *webrtc.DTLSTransport) {
	p.report.Dtls.State = dtls.State().String()
	if p.report.Connected != nil {
		version := "1.2" // the only one pion speaks
		p.report.Dtls.Version = &version
	}
	chosen, err := dtls.ICETransport().GetSelectedCandidatePair()
	if err != nil || chosen == nil {
		return
	}
	p.report.Selected = &pair{
		Local: asCandidate(chosen.Local), Remote: asCandidate(chosen.Remote),
	}
	for _, s := range p.pc.GetStats() {
		c, ok := s.(webrtc.ICECandidateStats)
		if ok && c.Type == webrtc.StatsTypeLocalCandidate && c.IP == chosen.Local.Address &&
			c.Port == int32(chosen.Local.Port) && c.RelayProtocol != "" {
			relay := c.RelayProtocol
			p.report.Selected.Local.RelayProtocol = &relay
		}
	}
}
