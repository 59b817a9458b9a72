#!/usr/bin/env node
import { main } from '../dist/cli.js'

// A target's client may keep connections open, so the process is ended once the report is out.
process.exit(await main(process.argv.slice(2)))
