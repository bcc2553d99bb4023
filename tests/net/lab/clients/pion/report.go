// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause

package main

import (
	"strings"
	"time"

	"github.com/pion/webrtc/v3"
)

type change struct {
	T     float64 `json:"t"`
	State string  `json:"state"`
}

type candidate struct {
	Type          string  `json:"type"`
	Address       string  `json:"address"`
	Port          uint16  `json:"port"`
	Protocol      string  `json:"protocol"`
	RelayProtocol *string `json:"relay_protocol"`
}

type stream struct {
	SSRC      uint32 `json:"ssrc"`
	Kind      string `json:"kind"`
	Direction string `json:"direction"`
	Packets   uint64 `json:"packets"`
}

type peerReport struct {
	Room          string   `json:"room"`
	IceConnected  *float64 `json:"ice_connected_at"`
	Connected     *float64 `json:"connected_at"`
	IceStates     []change `json:"ice_states"`
	States        []change `json:"connection_states"`
	FinalIce      string   `json:"final_ice"`
	Final         string   `json:"final"`
	Selected      *pair    `json:"selected"`
	Dtls          dtlsInfo `json:"dtls"`
	Rtp           []stream `json:"rtp"`
	DataSent      int      `json:"data_sent"`
	DataReceived  int      `json:"data_received"`
	LocalUfrag    string   `json:"local_ufrag"`
	RemoteUfrag   string   `json:"remote_ufrag"`
	LocalCands    []string `json:"local_candidates"`
	RemoteCands   []string `json:"remote_candidates"`
	CandidateErrs []string `json:"errors"`
}

type pair struct {
	Local  candidate `json:"local"`
	Remote candidate `json:"remote"`
}

type dtlsInfo struct {
	State   string  `json:"state"`
	Version *string `json:"version"`
}

func now() float64 {
	return float64(time.Now().UnixNano()) / 1e9
}

func asCandidate(c *webrtc.ICECandidate) candidate {
	return candidate{
		Type: c.Typ.String(), Protocol: c.Protocol.String(),
		Address: c.Address, Port: c.Port,
	}
}

func ufragOf(d *webrtc.SessionDescription) string {
	if d == nil {
		return ""
	}
	for _, line := range strings.Split(d.SDP, "\n") {
		if strings.HasPrefix(line, "a=ice-ufrag:") {
			return strings.TrimSpace(strings.TrimPrefix(line, "a=ice-ufrag:"))
		}
	}
	return ""
}
