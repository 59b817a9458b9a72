import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { root } from './places.js'

const windows = process.platform === 'win32'
const graceMs = 10_000

/** @type {Set<import('node:child_process').ChildProcess>} */
const running = new Set()
/** @type {NodeJS.Signals | undefined} */
let ending

/**
 * @typedef {object} RunOptions
 * @property {string} [folder] where it runs
 * @property {NodeJS.ProcessEnv} [env]
 * @property {number} [timeoutMs]
 * @property {boolean} [keepOutput] hands it over at the end, instead of showing it
 *
 * @typedef {{ code: number, timedOut: boolean, output: string }} RunResult
 */

/**
 * Runs a program, with its output going straight to the terminal unless it is kept. It gets a process group of its own, so that whatever it
 * starts ends with it.
 * @param {string} program
 * @param {readonly string[]} args
 * @param {RunOptions} [options]
 * @returns {Promise<RunResult>}
 */
export function run(program, args, { folder = root, env = process.env, timeoutMs, keepOutput = false } = {}) {
  if (ending) return new Promise(() => {})
  return new Promise((resolve, reject) => {
    const shell = windows && !program.endsWith('.exe')
    const child = spawn(program, args, {
      cwd: folder,
      env,
      shell,
      detached: !windows,
      stdio: keepOutput ? ['ignore', 'pipe', 'pipe'] : ['ignore', 'inherit', 'inherit'],
    })
    /** @type {Buffer[]} */
    const pieces = []
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (piece) => pieces.push(piece))
    let timedOut = false
    const timer = timeoutMs
      ? setTimeout(() => {
          timedOut = true
          signal(child, 'SIGTERM')
          setTimeout(() => signal(child, 'SIGKILL'), graceMs).unref()
        }, timeoutMs)
      : undefined
    running.add(child)
    child.once('error', (error) => {
      running.delete(child)
      clearTimeout(timer)
      reject(new Error(`${program} could not be started: ${error.message}`))
    })
    child.once('exit', (code, by) => {
      running.delete(child)
      clearTimeout(timer)
      signal(child, 'SIGKILL')
      if (ending) return
      const end = () => {
        const output = Buffer.concat(pieces).toString('utf8')
        resolve({ code: code ?? 128 + (by ? constants.signals[by] : 0), timedOut, output })
      }
      if (keepOutput) child.once('close', end)
      else end()
    })
  })
}

/** @param {import('node:child_process').ChildProcess} child @param {NodeJS.Signals} name */
function signal(child, name) {
  if (!child.pid) return
  try {
    if (windows) child.kill(name)
    else process.kill(-child.pid, name)
  } catch {
    // The group has ended already.
  }
}

/**
 * On Ctrl-C, or when asked to end: passes the signal on, waits until every child has gone, then exits.
 * @param {(name: NodeJS.Signals) => number} exitCode
 */
export function endWithChildren(exitCode) {
  const end = (/** @type {NodeJS.Signals} */ name) => {
    if (ending) return
    ending = name
    for (const child of running) signal(child, name)
    const deadline = Date.now() + graceMs
    const timer = setInterval(() => {
      if (running.size > 0 && Date.now() < deadline) return
      clearInterval(timer)
      for (const child of running) signal(child, 'SIGKILL')
      process.exit(exitCode(name))
    }, 20)
  }
  process.on('SIGINT', end)
  process.on('SIGTERM', end)
  process.on('SIGHUP', end)
  endWithNpm(() => end('SIGTERM'))
}

/** npm passes SIGTERM to its shell, and the shell to nobody: that npm has gone shows in the parent's id alone. @param {() => void} end */
function endWithNpm(end) {
  if (!process.env.npm_lifecycle_event) return
  const parent = process.ppid
  const timer = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(timer)
    end()
  }, 500)
  timer.unref()
}
