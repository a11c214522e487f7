'use strict'
const { writeFileSync } = require('node:fs')
const { reporters } = require('mocha')

/** The ordinary report, and its totals in a file for the wrapper that prints the closing line. */
module.exports = class Totals extends reporters.Spec {
  epilogue() {
    super.epilogue()
    const { passes, failures, pending } = this.stats
    const file = process.env.TEST_TOTALS
    if (file) writeFileSync(file, JSON.stringify({ passes, failures, pending }))
  }
}
