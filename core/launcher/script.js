#!/usr/bin/env node
// Runs one of the project's own scripts (tests, build, benchmark) on a Node that is new enough: script.js FILE ARGS…
import { resolve } from 'node:path'
import { launch } from './launch.js'

const [script = '', ...args] = process.argv.slice(2)
await launch(resolve(script), args)
