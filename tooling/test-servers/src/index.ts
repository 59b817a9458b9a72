export { sqlite } from './sqlite.ts'
export { isFound, type NotFound, type TestServer } from './test-server.ts'
