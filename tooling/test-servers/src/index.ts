export { postgres15, postgres18 } from './postgres/index.ts'
export { sqlite } from './sqlite.ts'
export {
  type Address,
  isFound,
  type NetworkServer,
  type NotFound,
  type OwnOption,
  type OwnServer,
  type TestServer,
} from './test-server.ts'
