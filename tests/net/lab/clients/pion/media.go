// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause

package main

import (
	"fmt"
	"sync/atomic"
	"time"

	"github.com/pion/webrtc/v3"
	"github.com/pion/webrtc/v3/pkg/media"
)

type counter struct {
	ssrc      uint32
	kind      string
	direction string
	packets   uint64
}

type sentTrack struct {
	sender *webrtc.RTPSender
	track  *webrtc.TrackLocalStaticSample
}

type mediaKind struct {
	name, mime string
	every      time.Duration
	size       int
}

var mediaKinds = []mediaKind{
	{"audio", webrtc.MimeTypeOpus, 20 * time.Millisecond, 60},
	{"video", webrtc.MimeTypeVP8, 33 * time.Millisecond, 900},
}

// One packet a tick: made-up frames, only ever counted by the other side.
func (p *peer) addTrack(k mediaKind) error {
	codec := webrtc.RTPCodecCapability{MimeType: k.mime}
	track, err := webrtc.NewTrackLocalStaticSample(codec, k.name, "lab")
	if err != nil {
		return err
	}
	sender, err := p.pc.AddTrack(track)
	if err != nil {
		return err
	}
	p.tracks = append(p.tracks, &sentTrack{sender, track})
	c := p.newCounter(k.name, "out", uint32(sender.GetParameters().Encodings[0].SSRC))
	go drain(sender)
	go func() {
		if !p.waitConnected() {
			return
		}
		tick := time.NewTicker(k.every)
		defer tick.Stop()
		for {
			select {
			case <-p.done:
				return
			case <-tick.C:
				if atomic.LoadInt32(&p.held) != 0 {
					continue
				}
				data := make([]byte, k.size)
				sample := media.Sample{Data: data, Duration: k.every}
				if track.WriteSample(sample) == nil {
					atomic.AddUint64(&c.packets, 1)
				}
			}
		}
	}()
	return nil
}

// The interceptors work only while somebody reads the RTCP.
func drain(sender *webrtc.RTPSender) {
	for {
		if _, _, err := sender.ReadRTCP(); err != nil {
			return
		}
	}
}

func (p *peer) onTrack(track *webrtc.TrackRemote, _ *webrtc.RTPReceiver) {
	c := p.newCounter(track.Kind().String(), "in", uint32(track.SSRC()))
	for {
		if _, _, err := track.ReadRTP(); err != nil {
			return
		}
		atomic.AddUint64(&c.packets, 1)
	}
}

// What the lab tells it to do in mid-call.
func (p *peer) act(action string) error {
	switch action {
	case "hold":
		atomic.StoreInt32(&p.held, 1)
		return p.replaceTracks(false)
	case "resume":
		defer atomic.StoreInt32(&p.held, 0)
		return p.replaceTracks(true)
	}
	return fmt.Errorf("%s: no such action", action)
}

// Replaces each track by nothing, or by itself again; the other side is told nothing.
func (p *peer) replaceTracks(there bool) (err error) {
	for _, t := range p.tracks {
		if there {
			err = t.sender.ReplaceTrack(t.track)
		} else {
			err = t.sender.ReplaceTrack(nil)
		}
		if err != nil {
			break
		}
	}
	return err
}

func (p *peer) newCounter(kind, direction string, ssrc uint32) *counter {
	c := &counter{ssrc: ssrc, kind: kind, direction: direction}
	p.mu.Lock()
	p.counters = append(p.counters, c)
	p.mu.Unlock()
	return c
}

func (p *peer) useChannel(dc *webrtc.DataChannel) {
	dc.OnMessage(func(webrtc.DataChannelMessage) { atomic.AddInt64(&p.received, 1) })
	dc.OnOpen(func() {
		tick := time.NewTicker(100 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-p.done:
				return
			case <-tick.C:
				if dc.Send(make([]byte, 100)) == nil {
					atomic.AddInt64(&p.sent, 1)
				}
			}
		}
	})
}
