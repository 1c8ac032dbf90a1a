export { makeTestKey as makeKey, signWith, type TestAlgorithm } from '@sallyport/jwt-auth/testing'
