#!/usr/bin/env bash
# Builds the Swift tests with ThreadSanitizer and runs those in which threads meet, or those of the
# arguments; fails if a test does, or if there is a data race.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

build=$PWD/.build-thread
# Counts on a round of 200 subscribers being over before the next heartbeat, which is half a second.
slow='the log is read once for each position'
parts=(Budget ConnectionState DocumentStore Domain Projection Server Transport WriteStore)
(($#)) || set -- --filter "^($(IFS='|' && echo "${parts[*]}"))Tests[.]"

Scripts/lib/swift-build --build-tests --sanitize=thread --scratch-path "$build"
resources=$(swiftc -print-target-info | sed -n 's/.*"runtimeResourcePath": "\(.*\)".*/\1/p')
"$resources/../../bin/clang" -shared -fPIC -O1 -g -o "$build/mutex.so" \
    Scripts/lib/thread_sanitizer.c

LD_PRELOAD=$build/mutex.so exec "$build/debug/tandemPackageTests.xctest" \
    --testing-library swift-testing --skip "$slow" "$@"
