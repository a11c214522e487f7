#!/usr/bin/env node
// Plain JavaScript that runs on Node 18: it finds a Node that is new enough for the gateway and hands over.
import { fileURLToPath } from 'node:url'
import { isCheckout, launch } from './launch.js'

const main = isCheckout ? '../main.ts' : '../../dist/core/main.js'
await launch(fileURLToPath(new URL(main, import.meta.url)), process.argv.slice(2))
