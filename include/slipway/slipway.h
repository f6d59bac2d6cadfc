/* All system calls: what a program inside of a simulated thread includes. */
#ifndef SLIPWAY_SLIPWAY_H
#define SLIPWAY_SLIPWAY_H

#include <slipway/buffer.h>
#include <slipway/calls.h>
#include <slipway/clock.h>
#include <slipway/endpoint.h>
#include <slipway/handle.h>
#include <slipway/interrupt.h>
#include <slipway/message.h>
#include <slipway/port.h>
#include <slipway/process.h>
#include <slipway/request.h>
#include <slipway/status.h>
#include <slipway/thread.h>
#include <slipway/types.h>

#endif
