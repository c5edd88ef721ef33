export { loadConfig } from './config/load.js'
export { startGateway } from './gateway/gateway.js'
