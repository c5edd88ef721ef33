import t from 'tap'
import { TRANSPORTS } from '../support/transports.js'
import { transportCompliance } from './compliance.js'

for (const under of TRANSPORTS.filter(({ name }) => name === 'grpc-js')) await transportCompliance(t, under)
