import { newer, processOn } from './visits.ts'

/** Applies the newer definition at a place, says so after so many pages, and goes no further. */
const [, , url = '', pages = ''] = process.argv
let begun = 0
const { apply } = processOn(url, newer, {
  async beforeRun(script) {
    if (script !== 'fill' || begun++ < Number(pages)) return
    process.send?.('midst')
    await new Promise(() => undefined)
  },
})
apply().catch((error: unknown) => {
  console.error(error)
  process.exit(1)
})
