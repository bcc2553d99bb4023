# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The gateway lab: NAT gateways, a TURN server and real WebRTC clients in network namespaces."""
