// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause

// A WebRTC client of the gateway lab on pion: connects, exchanges media and data, reports what it
// saw itself.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"strings"
	"sync"
	"time"

	"github.com/pion/webrtc/v3"
)

type options struct {
	signal, room, role, policy, media, report string
	servers                                   []webrtc.ICEServer
	hold, giveUp, every, late                 time.Duration
	count                                     int
	ipv6                                      bool
	// closed when SIGINT says that it was long enough
	hangUp chan struct{}
}

func (o *options) wants(kind string) bool {
	return strings.Contains(o.media, kind)
}

func parseOptions() *options {
	o := &options{}
	var servers string
	var hold, giveUp, every, late float64
	flag.StringVar(&o.signal, "signal", "", "signalling URL")
	flag.StringVar(&o.room, "room", "room",
		"room; -1, -2, … is appended when there are several")
	flag.StringVar(&o.role, "role", "offerer", "offerer or answerer")
	flag.StringVar(&servers, "servers", "[]", "ICE servers, as JSON")
	flag.StringVar(&o.policy, "policy", "all", "all or relay")
	flag.StringVar(&o.media, "media", "audio,video,data", "what to send")
	flag.StringVar(&o.report, "report", "", "where to write the report")
	flag.Float64Var(&hold, "hold", 6, "seconds to stay connected")
	flag.Float64Var(&giveUp, "give-up", 45, "seconds to wait for a connection")
	flag.IntVar(&o.count, "count", 1, "peer connections at once")
	flag.BoolVar(&o.ipv6, "ipv6", false, "IPv6 only")
	flag.Float64Var(&every, "every", 0, "seconds between reports of the call while it goes on")
	flag.Float64Var(&late, "late", 0, "seconds by which candidates are sent late")
	flag.Parse()
	o.hold, o.giveUp = seconds(hold), seconds(giveUp)
	o.every, o.late = seconds(every), seconds(late)
	o.hangUp = make(chan struct{})
	if err := json.Unmarshal([]byte(servers), &o.servers); err != nil {
		log.Fatalf("-servers: %v", err)
	}
	return o
}

func seconds(number float64) time.Duration {
	return time.Duration(number * float64(time.Second))
}

func (o *options) waitHangUp() {
	told := make(chan os.Signal, 1)
	signal.Notify(told, os.Interrupt)
	<-told
	close(o.hangUp)
}

func main() {
	log.SetFlags(log.Lmicroseconds)
	o := parseOptions()
	go o.waitHangUp()
	peers := make([]*peer, o.count)
	var wg sync.WaitGroup
	for i := range peers {
		p, err := newPeer(o, fmt.Sprintf("%s-%d", o.room, i+1))
		if err != nil {
			log.Fatal(err)
		}
		peers[i] = p
		wg.Add(1)
		go func() {
			defer wg.Done()
			p.run()
		}()
	}
	over := make(chan struct{})
	go func() {
		wg.Wait()
		close(over)
	}()
	o.waitOver(over, peers)
	if err := o.write(o.report, peers); err != nil {
		log.Fatal(err)
	}
}

// Returns when all calls are over; writes reports until then, if it shall.
func (o *options) waitOver(over <-chan struct{}, peers []*peer) {
	var tick <-chan time.Time
	if o.every > 0 {
		tick = time.Tick(o.every)
	}
	for {
		select {
		case <-over:
			return
		case <-tick:
			for _, p := range peers {
				p.note(p.look())
			}
			if err := o.write(o.report+".now", peers); err != nil {
				log.Print(err)
			}
		}
	}
}

// Writes what the peers looked like last.
func (o *options) write(path string, peers []*peer) error {
	reports := make([]json.RawMessage, len(peers))
	for i, p := range peers {
		p.mu.Lock()
		reports[i] = p.written
		p.mu.Unlock()
	}
	report := map[string]interface{}{"stack": "pion", "role": o.role, "peers": reports}
	out, err := json.MarshalIndent(report, "", " ")
	if err != nil {
		return err
	}
	return writeWhole(path, out)
}

// Whoever waits for the file finds it whole.
func writeWhole(path string, data []byte) error {
	if err := os.WriteFile(path+".part", data, 0o644); err != nil {
		return err
	}
	return os.Rename(path+".part", path)
}
