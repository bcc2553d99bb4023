// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/pion/webrtc/v3"
)

// What the signalling server carries between the two sides of a room.
type message struct {
	Type      string                   `json:"type"`
	SDP       string                   `json:"sdp,omitempty"`
	Action    string                   `json:"action,omitempty"`
	Candidate *webrtc.ICECandidateInit `json:"candidate,omitempty"`
}

type mailbox struct {
	url  string
	http http.Client
}

func newMailbox(o *options, room string) *mailbox {
	url := fmt.Sprintf("%s/rooms/%s/%s", o.signal, room, o.role)
	return &mailbox{url: url, http: http.Client{Timeout: 30 * time.Second}}
}

func (m *mailbox) send(msg message) error {
	return m.post(m.url, msg)
}

func (m *mailbox) post(url string, value interface{}) error {
	body, err := json.Marshal(value)
	if err != nil {
		return err
	}
	res, err := m.http.Post(url, "application/json", bytes.NewReader(body))
	if err != nil {
		return err
	}
	_, _ = io.Copy(io.Discard, res.Body)
	return res.Body.Close()
}

// Hands every message to the receiver, in order, until done is closed.
func (m *mailbox) receive(done <-chan struct{}, receiver func(message)) {
	for after := 0; ; {
		select {
		case <-done:
			return
		default:
		}
		messages, err := m.poll(after)
		if err != nil {
			time.Sleep(200 * time.Millisecond)
			continue
		}
		for _, msg := range messages {
			receiver(msg)
		}
		after += len(messages)
	}
}

func (m *mailbox) poll(after int) (messages []message, err error) {
	res, err := m.http.Get(fmt.Sprintf("%s?after=%d", m.url, after))
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	err = json.NewDecoder(res.Body).Decode(&messages)
	return messages, err
}
