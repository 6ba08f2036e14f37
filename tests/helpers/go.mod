module helpers

go 1.26.0

require github.com/docker/docker-credential-helpers v0.9.10

tool (
	github.com/docker/docker-credential-helpers/pass/cmd
	github.com/docker/docker-credential-helpers/secretservice/cmd
)
